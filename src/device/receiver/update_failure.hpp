// Words for what went wrong with an update, as the device sees it.
#pragma once

#include <string>

#include "otatool/error.hpp"

#include "firmware/core/port.hpp"
#include "firmware/core/updater.hpp"

namespace otatool::device {

/// What the device knows of an update that failed.
struct FailedUpdate {
  firmware::Stage stage;
  firmware::UpdateError error;
  std::string host;              ///< where the invitation came from
  std::string peer;              ///< where the connection went
  std::string connection_error;  ///< empty: the connection was closed in order, or never answered
};

[[nodiscard]] Error describe_failure(const FailedUpdate& failure, const firmware::Updater& updater);

}  // namespace otatool::device
