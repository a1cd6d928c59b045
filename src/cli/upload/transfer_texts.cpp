#include "cli/upload/transfer_texts.hpp"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "otatool/espota/target_list.hpp"

namespace otatool::cli {

PhaseTexts texts_of(delivery::Phase phase) {
  constexpr std::array<PhaseTexts, 9> kTexts = {{
      {"inviting", "no reply yet"},
      {"connecting", "no connection yet"},
      {"requesting the page of the form", "no reply yet"},
      {"authenticating", "waiting for the answer to the password"},
      {"accepted; waiting for the connection", "waiting for the connection"},
      {"accepted; the device erases its flash", "the device erases its flash"},
      {"connected; sending", "the device accepts no data"},
      {"all bytes sent; waiting for the verdict", "waiting for the verdict"},
      {"accepted; waiting until it is back", "accepted; waiting until the device is back"},
  }};
  return kTexts.at(static_cast<std::size_t>(phase));
}

std::string start_text(const delivery::AttemptStarted& started) {
  if (!started.url.empty()) {
    return fmt::format("sending to {} ({})", started.url, started.address);
  }
  if (started.local_address.empty()) {
    return fmt::format(
        "connecting to {} at TCP port {}", started.address, fmt::join(started.ports, " or "));
  }
  return fmt::format("inviting {} at UDP port {}; it will connect to {}",
                     started.address,
                     fmt::join(started.ports, " or "),
                     espota::format_host_port(started.local_address, started.host_port));
}

nlohmann::json start_fields(const delivery::AttemptStarted& started) {
  nlohmann::json fields = {{"address", started.address}, {"attempt", started.attempt}};
  if (!started.url.empty()) {
    fields["url"] = started.url;
    return fields;
  }
  fields["ports"] = started.ports;
  if (!started.local_address.empty()) {
    fields["local"] = started.local_address;
    fields["host_port"] = started.host_port;
  }
  return fields;
}

nlohmann::json skip_reason(const delivery::Report& report) {
  if (!report.skipped) {
    return nullptr;
  }
  return report.other_chip ? "other-chip" : "up-to-date";
}

std::string confirmation_text(const delivery::Report& report) {
  const std::string& now = report.after.version;
  const std::string& before = report.before.version;
  const bool restarted = report.restart == delivery::Restart::Seen;
  if (report.restart == delivery::Restart::Unknown) {
    return "";
  }
  if (report.confirmed && now.empty()) {
    return "; it runs the new image";
  }
  if (report.confirmed) {
    const bool changed = !before.empty() && before != now;
    return changed ? fmt::format("; it runs {} now, before {}", now, before)
                   : fmt::format("; it runs the new image, {}", now);
  }
  const std::string_view back = restarted ? "it is back" : "it answers, but no restart was seen,";
  return now.empty()
             ? fmt::format(
                   "; {} {} does not report its version", back, restarted ? "and" : "and it")
             : fmt::format("; {} {} {}", back, restarted ? "with" : "and it runs", now);
}

}  // namespace otatool::cli
