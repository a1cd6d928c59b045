// Error messages for failed updates, from the device's side.
#pragma once

#include <string>

#include "otatool/error.hpp"

#include "firmware/core/port.hpp"
#include "firmware/core/updater.hpp"

namespace otatool::device {

/// Facts of a failed update.
struct FailedUpdate {
  firmware::Stage stage;
  firmware::UpdateError error;
  std::string host;              ///< sender of the invitation
  std::string peer;              ///< peer of the connection
  std::string connection_error;  ///< empty: closed without error, or no reply
};

[[nodiscard]] Error describe_failure(const FailedUpdate& failure, const firmware::Updater& updater);

}  // namespace otatool::device
