#include "cli/upload/upload_targets.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <utility>

#include "otatool/espota/target_list.hpp"
#include "otatool/http/url.hpp"

#include "app/devices/host_kind.hpp"
#include "app/transports/form_transport.hpp"
#include "app/transports/transport.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/messages.hpp"
#include "cli/upload/earlier_run.hpp"
#include "cli/upload/target_configuration.hpp"
#include "cli/upload/target_options.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

using app::KnownTarget;
using app::Via;

/// Bytes of the report of a run with thousands of targets.
constexpr std::size_t kLargestReport = std::size_t{64} << 20U;

KnownTarget target_from(std::string name,
                        const espota::HostPort& address,
                        const TargetDefaults& defaults) {
  KnownTarget known;
  known.target = {std::move(name),
                  address.host,
                  address.port ? address.port : defaults.port,
                  defaults.chip,
                  defaults.credentials};
  known.way = defaults.way;
  return known;
}

/// A target whose web form has the URL `text`.
Result<KnownTarget> form_target(const Invocation& invocation,
                                const std::string& text,
                                const TargetDefaults& defaults) {
  TRY(http::Url url, http::parse_url(text, app::kDefaultForm));
  if (url.user.empty()) {
    url.user = defaults.user;
  }
  KnownTarget known =
      target_from(url.password ? url.text() : text, espota::HostPort{url.host, url.port}, defaults);
  known.way.via = Via::Form;
  if (url.password) {
    known.target.credentials = {std::move(url.password), std::nullopt};
    url.password.reset();
    invocation.messages().warning(fmt::format(
        "the password of {} is part of its URL: any user of this computer can see it in the "
        "process list",
        known.target.name));
  }
  known.way.url = std::move(url);
  return known;
}

/// The target of an argument: `HOST[:PORT]` or a URL.
Result<KnownTarget> target_from(const Invocation& invocation,
                                const std::string& text,
                                const TargetDefaults& defaults) {
  constexpr std::string_view kSeparator = "://";
  const std::size_t scheme = text.find(kSeparator);
  const bool has_scheme = scheme != std::string::npos;
  for (const Via via : {Via::Espota, Via::Esphome}) {
    if (has_scheme && !defaults.only_forms &&
        app::transport_of(via).name == text.substr(0, scheme)) {
      TRY(const espota::HostPort address,
          espota::parse_host_port(std::string_view(text).substr(scheme + kSeparator.size())));
      KnownTarget known = target_from(text, address, defaults);
      known.way.via = via;
      return known;
    }
  }
  if (has_scheme || defaults.way.via == Via::Form) {
    return form_target(invocation, text, defaults);
  }
  TRY(const espota::HostPort address, espota::parse_host_port(text));
  return target_from(text, address, defaults);
}

Result<KnownTarget> target_from(const Invocation& invocation,
                                const espota::TargetLine& line,
                                const std::filesystem::path& folder,
                                const TargetDefaults& defaults) {
  const espota::HostPort& address = line.address;
  std::string name =
      address.port ? espota::format_host_port(address.host, *address.port) : address.host;
  KnownTarget known = target_from(std::move(name), address, defaults);
  if (!line.password_file.empty()) {
    TRY(Secret password, read_secret_file((folder / line.password_file).string()));
    known.target.credentials = {std::move(password), std::nullopt};
  }
  TRY_VOID(apply_configuration(invocation, known));
  if (line.chip != ChipFamily::Unknown) {
    known.target.chip = line.chip;
  }
  return known;
}

Result<void> add_targets_from(const Invocation& invocation,
                              const std::string& path,
                              const TargetDefaults& defaults,
                              std::vector<KnownTarget>& targets) {
  TRY(const std::string text, files::read_text_file(path, files::kLargestText));
  const auto lines = espota::parse_target_list(text);
  if (!lines) {
    return fail(lines.error().with_context(path));
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (const espota::TargetLine& line : *lines) {
    Result<KnownTarget> target = target_from(invocation, line, folder, defaults);
    if (!target) {
      return fail(target.error().with_context(fmt::format("{}: line {}", path, line.line)));
    }
    targets.push_back(std::move(*target));
  }
  return {};
}

Result<void> add_arguments(const Invocation& invocation,
                           std::span<const std::string> texts,
                           const TargetDefaults& defaults,
                           std::vector<KnownTarget>& targets) {
  for (const std::string& text : texts) {
    TRY(KnownTarget known, target_from(invocation, text, defaults));
    TRY_VOID(apply_configuration(invocation, known));
    targets.push_back(std::move(known));
  }
  return {};
}

/// The run of `--retry-failed`; without the option one without targets.
Result<EarlierRun> read_earlier_run(const Invocation& invocation) {
  const auto path = invocation.value(kRetryFailedOption.name);
  if (!path) {
    return EarlierRun();
  }
  TRY(const std::string text, files::read_text_file(*path, kLargestReport));
  auto run = parse_report(text);
  return run ? std::move(run) : fail(run.error().with_context(*path));
}

Result<void> refuse_addresses_without_zone(const std::vector<KnownTarget>& targets) {
  for (const KnownTarget& known : targets) {
    const espota::Target& target = known.target;
    if (app::lacks_zone(target.host)) {
      return fail(
          Errc::Usage,
          fmt::format("'{0}' is a link-local address without its interface; write {1}%IFACE",
                      target.name,
                      target.host));
    }
  }
  return {};
}

/// Two uploads to one device at the same time would disturb each other.
Result<void> refuse_duplicates(const std::vector<KnownTarget>& targets) {
  std::set<std::pair<std::string_view, std::uint16_t>> known;
  for (const KnownTarget& each : targets) {
    const espota::Target& target = each.target;
    if (!known.emplace(target.host, target.port.value_or(0)).second) {
      return fail(Errc::Usage,
                  fmt::format("'{}' is the second target at {}; each device accepts one image",
                              target.name,
                              target.port ? espota::format_host_port(target.host, *target.port)
                                          : target.host));
    }
  }
  return {};
}

}  // namespace

bool chooses_targets(const Invocation& invocation) {
  return invocation.flag(kAllOption.name) || invocation.value(kMatchOption.name) ||
         invocation.value(kBoardOption.name);
}

Result<UploadTargets> read_upload_targets(Invocation& invocation, Via via) {
  TRY(const TargetDefaults defaults, read_target_defaults(invocation, via));
  TRY(EarlierRun earlier, read_earlier_run(invocation));
  std::vector<KnownTarget> targets;
  const std::size_t image_arguments = invocation.value("pull-from") ? 0 : 1;
  const auto texts = invocation.arguments().subspan(image_arguments);
  TRY_VOID(add_arguments(invocation, texts, defaults, targets));
  const auto list = invocation.value("targets");
  if (list) {
    TRY_VOID(add_targets_from(invocation, *list, defaults, targets));
  }
  if (targets.empty() && !chooses_targets(invocation)) {
    TRY_VOID(add_arguments(invocation, earlier.left, defaults, targets));
  }
  if (targets.empty() && !chooses_targets(invocation) && earlier.succeeded.empty()) {
    return fail(Errc::Usage,
                list ? fmt::format("'{}' contains no target", *list) : "no target given");
  }
  TRY_VOID(refuse_addresses_without_zone(targets));
  TRY_VOID(refuse_duplicates(targets));
  std::erase_if(targets, [&earlier](const KnownTarget& known) {
    return earlier.succeeded.contains(known.target.name);
  });
  return UploadTargets{std::move(targets),
                       target_from({}, espota::HostPort(), defaults),
                       std::move(earlier.succeeded)};
}

}  // namespace otatool::cli
