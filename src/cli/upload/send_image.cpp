#include "cli/upload/send_image.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "app/devices/device_facts.hpp"
#include "app/devices/target_search.hpp"
#include "app/release/base_images.hpp"
#include "app/release/release_check.hpp"
#include "app/release/signed_release.hpp"
#include "app/transports/form_transport.hpp"
#include "app/transports/transport.hpp"
#include "cli/discover/browse_log.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/discover/capabilities.hpp"
#include "cli/io/messages.hpp"
#include "cli/upload/confirm_options.hpp"
#include "cli/upload/device_hints.hpp"
#include "cli/upload/push_options.hpp"
#include "cli/upload/target_choice.hpp"
#include "cli/upload/transfer.hpp"
#include "cli/upload/upload_image.hpp"
#include "cli/upload/upload_options.hpp"
#include "cli/upload/upload_plan.hpp"
#include "cli/upload/upload_targets.hpp"

namespace otatool::cli {
namespace {

using app::KnownTarget;
using app::Via;

/// The image, the targets and the problems found before sending.
struct Prepared {
  std::string path;
  app::ExaminedFile file;
  std::optional<app::ExaminedFile> whole;  ///< see UploadImage
  std::vector<KnownTarget> targets;
  std::vector<image::UploadProblem> problems;
};

bool has_form(std::span<const KnownTarget> targets) {
  return std::ranges::any_of(targets,
                             [](const KnownTarget& each) { return each.way.via == Via::Form; });
}

/// How long to wait for the announcements of the devices.
app::TargetSearch::Wait wait_for_announcements(const app::ExaminedFile& file,
                                               const app::ReleaseOptions& release,
                                               std::span<const KnownTarget> targets) {
  using enum app::TargetSearch::Wait;
  if (app::needs_announced_verifier(file, release) && !has_form(targets)) {
    return Required;
  }
  const bool open = std::ranges::any_of(targets, [](const KnownTarget& each) {
    return each.way.via == Via::Undecided || !each.target.port.has_value();
  });
  const bool may_pack =
      release.packing == app::Packing::IfAccepted && app::is_packable(file, release.filesystem);
  return open || may_pack || release.sign || app::signed_payload_size(file) ? Usual : None;
}

/// Leaves out the devices that discovery chose and whose chip cannot run the image.
void skip_other_families(Messages& messages,
                         const app::ExaminedFile& file,
                         std::size_t named,
                         std::vector<KnownTarget>& targets) {
  const auto skipped = app::remove_other_families(targets, named, image::family_of(file.examined));
  if (!skipped.empty()) {
    messages.note(
        fmt::format("skipped because the image is for another chip: {}", fmt::join(skipped, ", ")));
  }
}

void add_form_problems(Messages& messages, const app::ReleaseOptions& release, Prepared& prepared) {
  if (!has_form(prepared.targets)) {
    return;
  }
  std::set<std::string_view> layouts;
  for (const KnownTarget& each : prepared.targets) {
    const std::string_view layout = each.layout ? each.layout->name : std::string_view();
    if (each.way.via != Via::Form || !layouts.insert(layout).second) {
      continue;
    }
    const auto own = app::with_layout(release, each.layout);
    if (auto space = app::form_space_problem(prepared.file, own)) {
      prepared.problems.push_back(std::move(*space));
      break;
    }
  }
  if (prepared.problems.empty() && app::form_space_is_unknown(prepared.file, release)) {
    messages.warning(
        "the form stores a package directly after the running sketch; --current FILE checks "
        "whether there is room to unpack it");
  }
}

/// Reads the image while the search for the devices runs.
Result<Prepared> prepare(Invocation& invocation,
                         UploadTargets wanted,
                         app::ReleaseOptions& release,
                         bool may_be_foreign,
                         bool with_whole) {
  Messages& messages = invocation.messages();
  const std::vector<KnownTarget> named = wanted.named;
  const DoneTargets done = std::move(wanted.done);
  TRY(app::SearchOptions options, search_options(invocation, std::move(wanted)));
  std::vector<mdns::Device> found;
  auto search = app::TargetSearch::start(
      std::move(options), [&found, log = browse_logger(messages)](const mdns::BrowseEvent& event) {
        log(event);
        if (const auto* device = std::get_if<mdns::DeviceFound>(&event)) {
          found.push_back(device->device);
        }
      });
  std::string path = path_to_send(invocation);
  TRY(app::ExaminedFile read, app::examine_file(path));
  const auto searched = search.find();
  suggest_names(messages, named, found);
  TRY_VOID(searched);
  TRY(auto targets, search.finish(wait_for_announcements(read, release, named)));
  skip_other_families(messages, read, named.size(), targets);
  std::erase_if(targets,
                [&done](const KnownTarget& known) { return done.contains(known.target.name); });
  app::apply_announcements(app::release_targets(targets), read, release);
  TRY(UploadImage image, prepare_upload_image(invocation, std::move(read), release, with_whole));
  Prepared prepared{
      std::move(path), std::move(image.file), std::move(image.whole), std::move(targets), {}};
  for (KnownTarget& each : prepared.targets) {
    if (each.way.via == Via::Undecided && (each.target.port || invocation.flag("dry-run"))) {
      each.way.via = Via::Espota;
    }
    app::choose_chip(prepared.file, each);
  }
  prepared.problems =
      app::problems_of(prepared.file, release, app::release_targets(prepared.targets));
  const bool has_foreign = std::ranges::any_of(prepared.targets, [](const KnownTarget& each) {
    return each.way.family == http::Family::OpenBeken;
  });
  if (may_be_foreign || has_foreign) {
    // The chip that the device reports decides.
    std::erase_if(prepared.problems, [](const image::UploadProblem& problem) {
      return problem.check == image::UploadCheck::NotAnImage;
    });
  }
  add_form_problems(messages, release, prepared);
  return prepared;
}

void report_devices(Messages& messages, std::span<const KnownTarget> targets, int verbosity) {
  for (const KnownTarget& known : targets) {
    if (known.device) {
      const std::string capabilities = capabilities_text(*known.device);
      messages.detail(verbosity,
                      fmt::format("{} is {}{}{}{}",
                                  known.target.name,
                                  app::describe_device(*known.device),
                                  known.device->auth.value_or(false) ? ", needs a password" : "",
                                  capabilities.empty() ? "" : ", ",
                                  capabilities));
    }
  }
}

/// The hints of a transport.
auto hint_of(Via via) {
  switch (via) {
    case Via::Form:
      return push_hint;
    case Via::Esphome:
      return esphome_hint;
    case Via::Espota:
    case Via::Undecided:
      break;
  }
  return upload_hint;
}

Result<int> send_to(Messages& messages,
                    const Prepared& prepared,
                    const app::TransportSettings& settings,
                    const delivery::PoolOptions& pool) {
  Transfer job{{}, pool, [&](std::span<const std::size_t> indices, const Secret* password) {
                 std::vector<KnownTarget> targets;
                 for (const std::size_t index : indices) {
                   targets.push_back(prepared.targets[index]);
                   if (password != nullptr) {
                     targets.back().target.credentials.password = *password;
                   }
                 }
                 return app::deliveries(prepared.file, targets, settings);
               }};
  for (const KnownTarget& known : prepared.targets) {
    job.targets.push_back({known.target.name, prepared.file.bytes.size(), hint_of(known.way.via)});
  }
  return transfer(messages, job);
}

/// Every target succeeded in the run before.
int report_nothing_to_do(Messages& messages) {
  messages.note("no target failed in the earlier run: nothing to do");
  TransferReporter reporter(messages, {}, PasswordPrompt::Never);
  return reporter.summarize({}, 0);
}

}  // namespace

Result<int> send_image(Invocation& invocation, Via via) {
  TRY_VOID(check_argument_order(invocation));
  app::TransportSettings settings;
  TRY(settings.espota, read_upload_options(invocation));
  TRY(settings.form, read_push_options(invocation));
  settings.form.local = settings.espota.local;
  settings.esphome = read_esphome_options(settings.espota);
  TRY(delivery::PoolOptions pool, read_upload_pool(invocation, settings.espota));
  TRY(UploadTargets wanted, read_upload_targets(invocation, via));
  TRY_VOID(check_bind_address(settings.espota.local.address, wanted.named));
  TRY(app::ReleaseOptions release, release_options(invocation));
  TRY(const DeltaChoice delta, delta_choice(invocation));
  const bool may_be_foreign = settings.form.via == http::Family::OpenBeken;
  TRY(const Prepared prepared,
      prepare(invocation, std::move(wanted), release, may_be_foreign, !delta.folder.empty()));
  if (prepared.whole) {
    settings.espota.patch_from =
        app::patches_from(delta.folder, *prepared.whole, prepared.file.bytes.size());
  }
  settings.espota.only_patches = delta.always;
  TRY_VOID(read_image_identity(invocation, prepared.file, pool));
  TRY(settings.browse, browse_options(invocation));
  settings.form.check =
      app::device_check(prepared.file, release.overridden, settings.form.file_name);
  if (!release.overridden.contains(image::UploadCheck::WrongChip)) {
    settings.form.image_chip = image::family_of(prepared.file.examined);
  }
  settings.form.skip_validation = release.overridden.contains(image::UploadCheck::ReleaseName);
  Messages& messages = invocation.messages();
  if (prepared.targets.empty()) {
    return report_nothing_to_do(messages);
  }
  if (!prepared.problems.empty()) {
    return report_problems(messages, prepared.path, prepared.problems);
  }
  const bool dry_run = invocation.flag("dry-run");
  report_devices(messages, prepared.targets, dry_run ? 0 : 1);
  const std::string warning = image_warning(prepared.path, prepared.file, release.filesystem);
  if (!warning.empty()) {
    messages.warning(warning);
  }
  if (dry_run) {
    return print_upload_plan(
        messages, prepared.targets, settings, prepared.path, prepared.file.bytes);
  }
  if (chooses_targets(invocation)) {
    TRY_VOID(confirm_targets(messages, prepared.targets, invocation.flag(kYesOption.name)));
  }
  return send_to(messages, prepared, settings, pool);
}

}  // namespace otatool::cli
