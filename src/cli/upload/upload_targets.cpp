#include "cli/upload/upload_targets.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <utility>

#include "otatool/ascii.hpp"
#include "otatool/espota/target_list.hpp"

#include "app/devices/host_kind.hpp"
#include "cli/frame/configured_device.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/frame/secrets.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

using espota::Target;

/// A stored form of a password is hex of the length of an MD5 or a SHA-256; devices compare lower
/// case.
Result<Secret> parse_password_hash(std::string_view text) {
  std::string hash = lower_case(text);
  const bool is_hex = hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hex || (hash.size() != wire::kMd5HexLength && hash.size() != wire::kSha256HexLength)) {
    Secret::cleanse(hash);
    return fail(Errc::Usage, "a password hash has 32 (MD5) or 64 (SHA-256) hex digits");
  }
  return Secret(std::move(hash));
}

Result<espota::Credentials> read_credentials(Invocation& invocation) {
  espota::Credentials credentials;
  const std::optional<Secret> hash = invocation.take_secret("password-hash");
  Result<std::optional<Secret>> password = given_password(invocation);
  if (!password) {
    return fail(password.error());
  }
  if (!hash) {
    credentials.password = std::move(*password);
    return credentials;
  }
  Result<Secret> stored = parse_password_hash(hash->reveal());
  if (!stored) {
    return fail(stored.error());
  }
  credentials.stored = std::move(*stored);
  return credentials;
}

/// What every target gets that says nothing else.
struct TargetDefaults {
  std::optional<std::uint16_t> port;
  ChipFamily chip = ChipFamily::Unknown;
  espota::Credentials credentials;
};

/// Whether the user set the option for this call: then it beats what the configuration says of a
/// device.
bool is_explicit(const Invocation& invocation, std::string_view option) {
  const std::optional<Origin> origin = invocation.origin(option);
  return origin == Origin::CommandLine || origin == Origin::Environment;
}

Result<TargetDefaults> read_target_defaults(Invocation& invocation) {
  TargetDefaults defaults;
  const auto port = invocation.number("port", 1, 65535);
  if (!port) {
    return fail(port.error());
  }
  if (*port) {
    defaults.port = static_cast<std::uint16_t>(**port);
  }
  OptionReader read(invocation);
  defaults.chip = read.choice<ChipFamily>("chip", kChipChoices, ChipFamily::Unknown);
  TRY_VOID(read.finish());
  Result<espota::Credentials> credentials = read_credentials(invocation);
  if (!credentials) {
    return fail(credentials.error());
  }
  defaults.credentials = std::move(*credentials);
  return defaults;
}

Target target_from(std::string name,
                   const espota::HostPort& address,
                   const TargetDefaults& defaults) {
  return {std::move(name),
          address.host,
          address.port ? address.port : defaults.port,
          defaults.chip,
          defaults.credentials};
}

/// What the configuration says of a device, where options do not say otherwise.
Result<void> apply(const Invocation& invocation,
                   const ConfiguredDevice& device,
                   bool has_password,
                   Target& target) {
  if (device.port && !is_explicit(invocation, "port")) {
    target.port = device.port;
  }
  if (device.chip && !is_explicit(invocation, "chip")) {
    target.chip = *device.chip;
  }
  if (!device.password_file || has_password) {
    return {};
  }
  Result<Secret> password = read_secret_file(*device.password_file);
  if (!password) {
    return fail(password.error().with_context(device.place));
  }
  target.credentials = {std::move(*password), std::nullopt};
  return {};
}

/// The device of this name in the configuration, where options and `:PORT` do not say otherwise.
Result<void> apply_configuration(const Invocation& invocation, bool has_password, Target& target) {
  const ConfiguredDevice* const device = invocation.device(target.host);
  if (device == nullptr) {
    return {};
  }
  const auto own_port = target.name != target.host ? target.port : std::nullopt;
  target.host = device->host;
  auto applied = apply(invocation, *device, has_password, target);
  target.port = own_port ? own_port : target.port;
  return applied;
}

/// The device by its name, or else by its host and port.
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

Result<Target> target_from(const Invocation& invocation,
                           const espota::TargetLine& line,
                           const std::filesystem::path& folder,
                           const TargetDefaults& defaults) {
  const espota::HostPort& address = line.address;
  std::string name =
      address.port ? espota::format_host_port(address.host, *address.port) : address.host;
  Target target = target_from(std::move(name), address, defaults);
  const bool has_password = !line.password_file.empty() || defaults.credentials.given();
  if (const auto applied = apply_configuration(invocation, has_password, target); !applied) {
    return fail(applied.error());
  }
  if (line.chip != ChipFamily::Unknown) {
    target.chip = line.chip;
  }
  if (!line.password_file.empty()) {
    Result<Secret> password = read_secret_file((folder / line.password_file).string());
    if (!password) {
      return fail(password.error());
    }
    target.credentials = {std::move(*password), std::nullopt};
  }
  return target;
}

Result<void> add_targets_from(const Invocation& invocation,
                              const std::string& path,
                              const TargetDefaults& defaults,
                              std::vector<Target>& targets) {
  const Result<std::string> text = files::read_text_file(path, files::kLargestText);
  if (!text) {
    return fail(text.error());
  }
  const auto lines = espota::parse_target_list(*text);
  if (!lines) {
    return fail(lines.error().with_context(path));
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (const espota::TargetLine& line : *lines) {
    Result<Target> target = target_from(invocation, line, folder, defaults);
    if (!target) {
      return fail(target.error().with_context(fmt::format("{}: line {}", path, line.line)));
    }
    targets.push_back(std::move(*target));
  }
  return {};
}

Result<void> refuse_lost_addresses(const std::vector<Target>& targets) {
  for (const Target& target : targets) {
    if (app::lacks_zone(target.host)) {
      return fail(Errc::Usage,
                  fmt::format("'{0}' is a link-local address, which needs its interface: {1}%IFACE",
                              target.name,
                              target.host));
    }
  }
  return {};
}

/// Two uploads to one device at once would disturb each other.
Result<void> refuse_duplicates(const std::vector<Target>& targets) {
  std::set<std::pair<std::string_view, std::uint16_t>> known;
  for (const Target& target : targets) {
    if (!known.emplace(target.host, target.port.value_or(0)).second) {
      return fail(Errc::Usage, fmt::format("target '{}' is named twice", target.name));
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
                              Target& target) {
  const ConfiguredDevice* const configured = configuration_of(invocation, device);
  return configured == nullptr ? Result<void>()
                               : apply(invocation, *configured, target.credentials.given(), target);
}

Result<UploadTargets> read_upload_targets(Invocation& invocation) {
  const Result<TargetDefaults> defaults = read_target_defaults(invocation);
  if (!defaults) {
    return fail(defaults.error());
  }
  std::vector<Target> targets;
  for (const std::string& name : invocation.arguments().subspan(1)) {
    const Result<espota::HostPort> address = espota::parse_host_port(name);
    if (!address) {
      return fail(address.error());
    }
    Target target = target_from(name, *address, *defaults);
    const bool has_password = defaults->credentials.given();
    if (const auto applied = apply_configuration(invocation, has_password, target); !applied) {
      return fail(applied.error());
    }
    targets.push_back(std::move(target));
  }
  if (const std::optional<std::string> path = invocation.value("targets")) {
    const auto added = add_targets_from(invocation, *path, *defaults, targets);
    if (!added) {
      return fail(added.error());
    }
  }
  if (targets.empty() && !chooses_targets(invocation)) {
    const auto list = invocation.value("targets");
    return fail(Errc::Usage,
                list ? fmt::format("'{}' names no target", *list) : "no target is named");
  }
  if (const Result<void> complete = refuse_lost_addresses(targets); !complete) {
    return fail(complete.error());
  }
  if (const Result<void> unique = refuse_duplicates(targets); !unique) {
    return fail(unique.error());
  }
  return UploadTargets{std::move(targets), target_from({}, {}, *defaults)};
}

}  // namespace otatool::cli
