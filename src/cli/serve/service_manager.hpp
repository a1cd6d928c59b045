// Tells the service manager (systemd) about the state of the server, as sd_notify(3) describes it.
#pragma once

#include <string_view>

#include "files/descriptor.hpp"

namespace otatool::cli {

class ServiceManager {
 public:
  /// The manager at the datagram socket that NOTIFY_SOCKET names: a path, or an abstract name after
  /// `@`. The socket is connected at once: a sandbox may forbid it later. Without the variable, or
  /// if nobody listens, tell() does nothing.
  ServiceManager();

  /// Sends lines such as `READY=1`. Never blocks and never fails: the server works without its
  /// manager, too.
  void tell(std::string_view lines) const;

 private:
  files::Descriptor socket_;
};

}  // namespace otatool::cli
