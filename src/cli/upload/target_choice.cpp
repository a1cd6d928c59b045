#include "cli/upload/target_choice.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "app/devices/device_facts.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/prompt.hpp"
#include "cli/io/terminal.hpp"

namespace otatool::cli {

Result<app::SearchOptions> search_options(const Invocation& invocation, UploadTargets targets) {
  app::SearchOptions options;
  TRY(options.browse, browse_options(invocation));
  TRY(const auto wait, invocation.seconds("wait"));
  options.browse.timeout = std::max(options.browse.timeout, wait.value_or(mdns::Millis(0)));
  options.targets = std::move(targets.named);
  options.query_addresses = !invocation.flag("dry-run");
  if (chooses_targets(invocation)) {
    options.choice = app::DeviceFilter{invocation.values(kMatchOption.name),
                                       invocation.values(kBoardOption.name)};
  }
  options.defaults = std::move(targets.defaults);
  options.configure = [&invocation](const mdns::Device& device, espota::Target& target) {
    return configure_chosen(invocation, device, target);
  };
  return options;
}

Result<void> confirm_targets(Messages& messages,
                             const std::vector<app::KnownTarget>& targets,
                             bool yes) {
  for (const app::KnownTarget& known : targets) {
    messages.note(known.device ? app::describe_device(*known.device) : known.target.name);
  }
  if (yes) {
    return {};
  }
  const std::string question = fmt::format(
      "Upload to {} {}? [y/N] ",
      targets.size() == 1 ? "this" : "these",
      targets.size() == 1 ? std::string("device") : fmt::format("{} devices", targets.size()));
  if (!may_prompt()) {
    return fail(Errc::ConfirmationNeeded,
                fmt::format("{} devices match, and there is no terminal to ask for confirmation",
                            targets.size()));
  }
  TRY(const bool confirmed, ask_yes_or_no(question));
  return confirmed ? Result<void>()
                   : fail(Errc::ConfirmationNeeded, "the upload was not confirmed");
}

}  // namespace otatool::cli
