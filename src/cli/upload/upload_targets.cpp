#include "cli/upload/upload_targets.hpp"

#include <algorithm>
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
};

/// True if the option is set for this call. It then takes precedence over the configuration of a
/// device.
bool is_explicit(const Invocation& invocation, std::string_view option) {
  const std::optional<Origin> origin = invocation.origin(option);
  return origin == Origin::CommandLine || origin == Origin::Environment;
}

Result<TargetDefaults> read_target_defaults(Invocation& invocation) {
  OptionReader read(invocation);
  TargetDefaults defaults;
  defaults.port = read.number<std::uint16_t>("port", {1, 65'535});
  defaults.chip = read.choice<ChipFamily>("chip", kChipChoices, ChipFamily::Unknown);
  defaults.credentials = read.take(read_credentials(invocation));
  return read.finish(std::move(defaults));
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

/// Applies the configuration of a device. Options take precedence.
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
  auto password = read_secret_file(*device.password_file);
  if (!password) {
    return fail(password.error().with_context(device.place));
  }
  target.credentials = {std::move(*password), std::nullopt};
  return {};
}

/// Applies the configuration of the device that the target names. `:PORT` and options take
/// precedence.
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

Result<Target> target_from(const Invocation& invocation,
                           const espota::TargetLine& line,
                           const std::filesystem::path& folder,
                           const TargetDefaults& defaults) {
  const espota::HostPort& address = line.address;
  std::string name =
      address.port ? espota::format_host_port(address.host, *address.port) : address.host;
  Target target = target_from(std::move(name), address, defaults);
  const bool has_password = !line.password_file.empty() || defaults.credentials.given();
  TRY_VOID(apply_configuration(invocation, has_password, target));
  if (line.chip != ChipFamily::Unknown) {
    target.chip = line.chip;
  }
  if (!line.password_file.empty()) {
    TRY(Secret password, read_secret_file((folder / line.password_file).string()));
    target.credentials = {std::move(password), std::nullopt};
  }
  return target;
}

Result<void> add_targets_from(const Invocation& invocation,
                              const std::string& path,
                              const TargetDefaults& defaults,
                              std::vector<Target>& targets) {
  TRY(const std::string text, files::read_text_file(path, files::kLargestText));
  const auto lines = espota::parse_target_list(text);
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

Result<void> refuse_addresses_without_zone(const std::vector<Target>& targets) {
  for (const Target& target : targets) {
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
Result<void> refuse_duplicates(const std::vector<Target>& targets) {
  std::set<std::pair<std::string_view, std::uint16_t>> known;
  for (const Target& target : targets) {
    if (!known.emplace(target.host, target.port.value_or(0)).second) {
      return fail(Errc::Usage, fmt::format("target '{}' is given twice", target.name));
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
  TRY(const TargetDefaults defaults, read_target_defaults(invocation));
  std::vector<Target> targets;
  for (const std::string& name : invocation.arguments().subspan(1)) {
    if (name.find("://") != std::string::npos) {
      return fail(Errc::Usage,
                  fmt::format("'{}' is the URL of a web form, which 'otatool push' uses", name));
    }
    TRY(const espota::HostPort address, espota::parse_host_port(name));
    Target target = target_from(name, address, defaults);
    TRY_VOID(apply_configuration(invocation, defaults.credentials.given(), target));
    targets.push_back(std::move(target));
  }
  if (const std::optional<std::string> path = invocation.value("targets")) {
    TRY_VOID(add_targets_from(invocation, *path, defaults, targets));
  }
  if (targets.empty() && !chooses_targets(invocation)) {
    const auto list = invocation.value("targets");
    return fail(Errc::Usage,
                list ? fmt::format("'{}' contains no target", *list) : "no target given");
  }
  TRY_VOID(refuse_addresses_without_zone(targets));
  TRY_VOID(refuse_duplicates(targets));
  return UploadTargets{std::move(targets), target_from({}, {}, defaults)};
}

}  // namespace otatool::cli
