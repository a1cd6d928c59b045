#include "cli/upload/target_choice.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

#include "otatool/espota/target_list.hpp"
#include "otatool/http/family.hpp"

#include "app/devices/device_facts.hpp"
#include "app/devices/host_kind.hpp"
#include "app/transports/transport.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/frame/spelling.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/prompt.hpp"
#include "cli/io/terminal.hpp"
#include "cli/io/text_layout.hpp"
#include "cli/upload/target_configuration.hpp"

namespace otatool::cli {
namespace {

/// An mDNS name without its domain.
std::string_view short_name(std::string_view name) {
  constexpr std::string_view kDomain = ".local";
  return name.ends_with(kDomain) ? name.substr(0, name.size() - kDomain.size()) : name;
}

/// What is known before the upload about the device of a target.
std::vector<std::string> row_of(const app::KnownTarget& known) {
  const auto text = [](std::string_view told) { return std::string(told.empty() ? "-" : told); };
  const espota::Target& target = known.target;
  const bool decided = known.way.via != app::Via::Undecided;
  return {known.device ? known.device->name : target.name,
          target.port ? espota::format_host_port(target.host, *target.port) : target.host,
          text(known.way.family ? http::to_string(*known.way.family)
               : known.device   ? mdns::to_string(known.device->kind)
                                : ""),
          text(known.device ? app::version_of(*known.device) : ""),
          text(decided ? app::transport_of(known.way.via).name : "")};
}

}  // namespace

std::vector<std::string> target_table(std::span<const app::KnownTarget> targets,
                                      std::size_t width) {
  Table table({{"NAME"}, {"ADDRESS"}, {"KIND"}, {"VERSION"}, {"VIA"}});
  for (const app::KnownTarget& known : targets) {
    table.add(row_of(known));
  }
  return table.lines(width);
}

Result<app::SearchOptions> search_options(const Invocation& invocation, UploadTargets targets) {
  app::SearchOptions options;
  TRY(options.browse, browse_options(invocation));
  TRY(const auto wait, invocation.seconds("wait"));
  options.browse.timeout = std::max(options.browse.timeout, wait.value_or(mdns::Millis(0)));
  options.targets = std::move(targets.named);
  options.query_addresses = !invocation.flag("dry-run");
  if (chooses_targets(invocation)) {
    options.browse.types = mdns::all_types();
    options.browse.only_updatable_http = true;
    options.choice = app::DeviceFilter{invocation.values(kMatchOption.name),
                                       invocation.values(kBoardOption.name)};
  }
  options.defaults = std::move(targets.defaults);
  options.configure = [&invocation](const mdns::Device& device, app::KnownTarget& known) {
    return configure_chosen(invocation, device, known);
  };
  return options;
}

void suggest_names(Messages& messages,
                   std::span<const app::KnownTarget> targets,
                   std::span<const mdns::Device> found) {
  std::vector<std::string_view> names;
  for (const mdns::Device& device : found) {
    names.push_back(short_name(device.name));
    names.push_back(short_name(device.host));
  }
  for (const app::KnownTarget& known : targets) {
    const espota::Target& target = known.target;
    const bool is_found = std::ranges::any_of(found, [&target](const mdns::Device& device) {
      return mdns::is_named(device, target.host);
    });
    const app::NameKind kind = app::kind_of_name(target.host);
    if (is_found || (kind != app::NameKind::Mdns && kind != app::NameKind::Either)) {
      continue;
    }
    if (const auto nearest = nearest_word(short_name(target.host), names)) {
      messages.note(fmt::format(
          "no device answers to the name '{}'; {}", target.host, did_you_mean(*nearest)));
    }
  }
}

Result<void> confirm_targets(Messages& messages,
                             const std::vector<app::KnownTarget>& targets,
                             bool yes) {
  for (const std::string& line : target_table(
           targets, is_terminal(STDERR_FILENO) ? messages.progress_width() : kUnlimitedWidth)) {
    messages.note(line);
  }
  if (yes) {
    return {};
  }
  const std::string devices = targets.size() == 1 ? std::string("this device")
                                                  : fmt::format("these {} devices", targets.size());
  if (!may_prompt()) {
    return fail(Errc::ConfirmationNeeded,
                fmt::format("there is no terminal to confirm the upload to {}", devices));
  }
  TRY(const bool confirmed, ask_yes_or_no(fmt::format("Upload to {}? [y/N] ", devices)));
  return confirmed ? Result<void>()
                   : fail(Errc::ConfirmationNeeded, "the upload was not confirmed");
}

}  // namespace otatool::cli
