// Asks a device by harmless look-ups which family it belongs to.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74

#include "otatool/http/family.hpp"
#include "otatool/http/push.hpp"
#include "otatool/result.hpp"

#include "http/client/asio_device_client.hpp"

namespace otatool::http {

/// The limits of one look-up.
[[nodiscard]] GetLimits look_up_limits(const PushTiming& timing);

/// The answer to a look-up, with its body unpacked.
class LookUp {
 public:
  explicit LookUp(ClientResponse response);

  /// The fields of the header; views into this object.
  [[nodiscard]] std::vector<HeaderField> fields() const;
  /// Views into this object and into `fields`.
  [[nodiscard]] DeviceAnswer answer(std::span<const HeaderField> fields) const {
    return {response_.status, fields, response_.body};
  }
  [[nodiscard]] bool challenged() const { return is_challenged(response_); }
  /// Whether the device closed the connection without an answer.
  [[nodiscard]] bool dropped() const;
  /// Why there is no answer.
  [[nodiscard]] std::optional<Error> error() const;

 private:
  ClientResponse response_;
};

/// The device as one of `candidates`, or as an unknown one. An error if it cannot be reached, or
/// Interrupted.
[[nodiscard]] boost::asio::awaitable<Result<DeviceIdentity>> recognise(
    AsioDeviceClient& client, std::vector<Family> candidates, GetLimits limits);

}  // namespace otatool::http
