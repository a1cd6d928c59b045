#include "cli/upload/upload_targets.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <set>
#include <utility>

#include "otatool/ascii.hpp"
#include "otatool/espota/target_list.hpp"
#include "otatool/http/family.hpp"
#include "otatool/http/url.hpp"

#include "app/devices/host_kind.hpp"
#include "app/transports/form_transport.hpp"
#include "app/transports/transport.hpp"
#include "cli/frame/configured_device.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/messages.hpp"
#include "cli/upload/earlier_run.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

using app::KnownTarget;
using app::Via;

/// Bytes of the report of a run with thousands of targets.
constexpr std::size_t kLargestReport = std::size_t{64} << 20U;

/// The stored form of a password: MD5 or SHA-256 in hex. Devices compare it in lower case.
Result<Secret> parse_password_hash(std::string_view text) {
  std::string hash = lower_case(text);
  const bool is_hex = hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hex || (hash.size() != wire::kMd5HexLength && hash.size() != wire::kSha256HexLength)) {
    Secret::cleanse(hash);
    return fail(Errc::Usage, "the value is not a hash of 32 (MD5) or 64 (SHA-256) hex digits");
  }
  return Secret(std::move(hash));
}

Result<espota::Credentials> read_credentials(Invocation& invocation) {
  espota::Credentials credentials;
  const std::optional<Secret> hash = invocation.take_secret("password-hash");
  TRY(std::optional<Secret> password, given_password(invocation));
  if (!hash) {
    credentials.password = std::move(password);
    return credentials;
  }
  TRY(credentials.stored, parse_password_hash(hash->reveal()));
  return credentials;
}

/// The values of options, for every target without own ones.
struct TargetDefaults {
  std::optional<std::uint16_t> port;
  ChipFamily chip = ChipFamily::Unknown;
  espota::Credentials credentials;
  std::string user;  ///< of web forms
  app::Way way;
};

/// True if the option is set for this call. It then takes precedence over the configuration of a
/// device.
bool is_explicit(const Invocation& invocation, std::string_view option) {
  const std::optional<Origin> origin = invocation.origin(option);
  return origin == Origin::CommandLine || origin == Origin::Environment;
}

Result<std::string> parse_user(const std::string& text) {
  const auto is_invalid = [](unsigned char c) { return c == ':' || c < ' '; };
  if (text.empty() || std::ranges::any_of(text, is_invalid)) {
    return fail(Errc::Usage, fmt::format("'{}' is not a user name", text));
  }
  return text;
}

struct NamedWay {
  Via via;
  std::optional<http::Family> family = std::nullopt;
};

/// The transport of this name; that of web forms for the name of a family.
Result<NamedWay> parse_way(std::string_view text) {
  if (const auto family = http::family_of_name(text)) {
    return NamedWay{Via::Form, family};
  }
  std::vector<std::string_view> names;
  for (const app::Transport& transport : app::transports()) {
    if (transport.name == text) {
      const bool form = transport.via == Via::Form;
      return NamedWay{transport.via, form ? std::optional(http::Family::Unknown) : std::nullopt};
    }
    names.push_back(transport.name);
  }
  std::ranges::transform(http::families(), std::back_inserter(names), [](http::Family each) {
    return to_string(each);
  });
  return fail(Errc::Usage, fmt::format("'{}' is not one of {}", text, fmt::join(names, ", ")));
}

Result<std::optional<esphome::EncryptionKey>> parse_key_file(const std::string& path) {
  TRY(auto key, read_encryption_key(path));
  return std::optional(std::move(key));
}

/// With a key, the announcement of a device cannot choose a way without encryption.
void require_encryption(app::Way& way) {
  if (way.key && way.via == Via::Undecided) {
    way.via = Via::Esphome;
  }
}

Result<TargetDefaults> read_target_defaults(Invocation& invocation, Via via) {
  OptionReader read(invocation);
  TargetDefaults defaults;
  defaults.port = read.number<std::uint16_t>("port", {1, 65'535});
  defaults.chip = read.choice<ChipFamily>("chip", kChipChoices, ChipFamily::Unknown);
  defaults.user = read.parsed("user", parse_user, std::string(app::kDefaultUser));
  defaults.credentials = read.take(read_credentials(invocation));
  const NamedWay way = read.parsed("via", parse_way, NamedWay{via});
  defaults.way.via = way.via;
  defaults.way.family = way.family;
  defaults.way.key =
      read.parsed("encryption-key-file", parse_key_file, std::optional<esphome::EncryptionKey>());
  require_encryption(defaults.way);
  return read.finish(std::move(defaults));
}

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
    if (has_scheme && app::transport_of(via).name == text.substr(0, scheme)) {
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

/// The way of the configuration; a scheme and options take precedence.
Result<void> apply_way(const ConfiguredDevice& device, app::Way& way) {
  if (device.via && !way.family) {
    const auto named = parse_way(*device.via);
    if (!named) {
      return fail(named.error().with_context(device.place));
    }
    way.via = way.via == Via::Undecided ? named->via : way.via;
    way.family = way.via == Via::Form ? named->family : std::nullopt;
  }
  if (device.encryption_key_file && !way.key) {
    auto key = read_encryption_key(*device.encryption_key_file);
    if (!key) {
      return fail(key.error().with_context(device.place));
    }
    way.key = std::move(*key);
  }
  require_encryption(way);
  return {};
}

/// Applies the configuration of a device. Options take precedence.
Result<void> apply(const Invocation& invocation,
                   const ConfiguredDevice& device,
                   KnownTarget& known) {
  espota::Target& target = known.target;
  TRY_VOID(apply_way(device, known.way));
  if (device.port && !is_explicit(invocation, "port")) {
    target.port = device.port;
  }
  if (device.chip && !is_explicit(invocation, "chip")) {
    target.chip = *device.chip;
  }
  if (!device.password_file || target.credentials.given()) {
    return {};
  }
  auto password = read_secret_file(*device.password_file);
  if (!password) {
    return fail(password.error().with_context(device.place));
  }
  target.credentials = {std::move(*password), std::nullopt};
  return {};
}

/// Applies the configuration of the device that the target names. `:PORT` and options take
/// precedence.
Result<void> apply_configuration(const Invocation& invocation, KnownTarget& known) {
  espota::Target& target = known.target;
  const ConfiguredDevice* const device = invocation.device(target.host);
  if (device == nullptr) {
    return {};
  }
  const bool port_written = known.way.url || target.name != target.host;
  const auto own_port = port_written ? target.port : std::nullopt;
  target.host = device->host;
  if (known.way.url) {
    known.way.url->host = device->host;
  }
  auto applied = apply(invocation, *device, known);
  target.port = own_port ? own_port : target.port;
  return applied;
}

/// The configuration for the name of the device, else for its host and port.
const ConfiguredDevice* configuration_of(const Invocation& invocation, const mdns::Device& device) {
  for (const auto& [name, configured] : invocation.devices()) {
    if (mdns::is_named(device, name)) {
      return &configured;
    }
  }
  for (const auto& [name, configured] : invocation.devices()) {
    const bool own_host =
        mdns::is_named(device, configured.host) ||
        std::ranges::find(device.addresses, configured.host, &mdns::DeviceAddress::ip) !=
            device.addresses.end();
    if (own_host && configured.port.value_or(device.port) == device.port) {
      return &configured;
    }
  }
  return nullptr;
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

Result<void> configure_chosen(const Invocation& invocation,
                              const mdns::Device& device,
                              KnownTarget& known) {
  const ConfiguredDevice* const configured = configuration_of(invocation, device);
  return configured == nullptr ? Result<void>() : apply(invocation, *configured, known);
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
