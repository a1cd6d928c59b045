#include "device/receiver/update_failure.hpp"

#include <array>

#include "firmware/core/update_error.hpp"

namespace otatool::device {

Error describe_failure(const FailedUpdate& failure, const firmware::Updater& updater) {
  const firmware::UpdateError error = failure.error;
  const std::string progress = " after " + std::to_string(updater.received()) + " of " +
                               std::to_string(updater.size()) + " bytes";
  if (error == firmware::UpdateError::None) {
    switch (failure.stage) {
      case firmware::Stage::Auth:
        return {Errc::PasswordRefused, "wrong password from " + failure.host};
      case firmware::Stage::Connect:
        return {Errc::NetworkFailed,
                "cannot connect to " + failure.peer + ": " +
                    (failure.connection_error.empty() ? "no reply" : failure.connection_error)};
      default:
        return failure.connection_error.empty()
                   ? Error(Errc::ConnectionClosed,
                           failure.peer + " closed the connection" + progress)
                   : Error(Errc::ConnectionReset,
                           failure.peer + " reset the connection" + progress + ": " +
                               failure.connection_error);
    }
  }
  if (error == firmware::UpdateError::Stream) {
    return {Errc::Stalled, "no more data from " + failure.peer + progress};
  }
  std::array<char, firmware::kMaxErrorLength> text{};
  const std::size_t length = firmware::report(error, updater.mismatch(), text.data());
  return {failure.stage == firmware::Stage::Begin ? Errc::DeviceRefused : Errc::DeviceReported,
          std::string(text.data(), length - 1)};
}

}  // namespace otatool::device
