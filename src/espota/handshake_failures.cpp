// The errors of a handshake that ends without a reply or without a connection.
#include <chrono>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "espota/finish.hpp"
#include "espota/handshake.hpp"

namespace otatool::espota {

Action Handshake::fail_without_reply(Millis now) const {
  if (!refusal_.empty()) {
    return finish(Errc::DeviceRefused, refusal_);
  }
  if (unanswered_responses_ > 0) {
    return finish(Errc::SilentAfterAuth,
                  "the device sent a challenge but did not reply to the response");
  }
  std::string message = fmt::format("no answer to {} invitation{} on UDP port {} within {:.3g} s",
                                    invitations_.sent(),
                                    invitations_.sent() == 1 ? "" : "s",
                                    fmt::join(invitations_.ports(), " or "),
                                    std::chrono::duration<double>(now).count());
  if (!closed_ports_.empty()) {
    message += fmt::format("; closed: port {}", fmt::join(closed_ports_, " and "));
  }
  if (!unrecognised_.empty()) {
    message += fmt::format("; it sent '{}', which is not an espota message", unrecognised_);
  }
  if (!refused_peer_.empty()) {
    return finish(
        Errc::OnlyStrangers,
        fmt::format(
            "{}; {} replied, which is not the address of the device", message, refused_peer_));
  }
  if (host_unreachable_) {
    return finish(Errc::HostUnreachable, message + "; the host is unreachable");
  }
  if (!send_error_.empty()) {
    return finish(Errc::NetworkFailed,
                  message + "; sending failed on this computer: " + send_error_);
  }
  return finish(Errc::NoAnswer, std::move(message));
}

Action Handshake::fail_without_connection() const {
  if (!refused_peer_.empty()) {
    return finish(Errc::OnlyStrangers,
                  fmt::format("the device accepted the update, but the connection came from {}, "
                              "which is not its address",
                              refused_peer_));
  }
  return finish(
      Errc::NoConnectionBack,
      fmt::format("the device accepted the update of {} bytes but did not connect back to "
                  "TCP port {} of {}",
                  plan_.image_size,
                  plan_.host_port,
                  plan_.host_address));
}

}  // namespace otatool::espota
