#include "cli/upload_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>

#include "otatool/espota/target_list.hpp"

#include "cli/files.hpp"
#include "cli/secrets.hpp"

namespace otatool::cli {
namespace {

using espota::Target;
using espota::UploadOptions;

constexpr std::array<std::string_view, 3> kChips = {"auto", "esp8266", "esp32"};
constexpr std::array<std::string_view, 3> kAuthHashes = {"auto", "sha256", "md5"};
constexpr unsigned kMostRetries = 100;
constexpr std::size_t kMostJobs = 10'000;

template <typename Number>
bool parse_whole(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// `N` or `A-B`.
Result<espota::PortRange> parse_port_range(std::string_view text) {
  espota::PortRange range;
  const std::size_t dash = text.find('-');
  const std::string_view last = dash == std::string_view::npos ? text : text.substr(dash + 1);
  if (!parse_whole(text.substr(0, dash), range.first) || !parse_whole(last, range.last) ||
      range.first > range.last || (range.first == 0 && range.last != 0)) {
    return fail(Errc::Usage, fmt::format("'{}' is not a port or a range of ports A-B", text));
  }
  return range;
}

/// A stored form of a password is hex of the length of an MD5 or a SHA-256; devices compare lower
/// case.
Result<Secret> parse_password_hash(std::string_view text) {
  std::string hash(text);
  std::ranges::transform(hash, hash.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
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

Result<void> read_waits(const Invocation& invocation, UploadOptions& options) {
  const auto timeout = invocation.seconds("timeout");
  const auto stall = invocation.seconds("stall-timeout");
  const auto wait = invocation.seconds("wait");
  for (const auto* each : {&timeout, &stall, &wait}) {
    if (!*each) {
      return fail(each->error());
    }
  }
  espota::Timing& timing = options.timing;
  if (*timeout) {
    timing.invitation = **timeout;
    timing.response = std::min(timing.response, **timeout);
    timing.connection = std::min(timing.connection, **timeout);
  }
  if (*stall) {
    timing.stall = **stall;
    timing.verdict = **stall;
  }
  if (*wait) {
    timing.invitation = **wait;
    options.persistent = true;
  }
  return {};
}

Result<void> read_numbers(const Invocation& invocation, UploadOptions& options) {
  const auto retries = invocation.number("retries", 0, kMostRetries);
  const auto jobs = invocation.number("jobs", 1, kMostJobs);
  for (const auto* each : {&retries, &jobs}) {
    if (!*each) {
      return fail(each->error());
    }
  }
  options.retries = static_cast<unsigned>(retries->value_or(options.retries));
  options.jobs = static_cast<std::size_t>(jobs->value_or(options.jobs));
  return {};
}

Result<void> read_auth_policy(const Invocation& invocation, UploadOptions& options) {
  const Result<std::size_t> hash = invocation.choice("auth-hash", kAuthHashes, 0);
  if (!hash) {
    return fail(hash.error());
  }
  options.auth.hash = static_cast<espota::AuthHash>(*hash);
  options.auth.require_sha256 = invocation.flag("require-sha256");
  if (options.auth.require_sha256 && options.auth.hash == espota::AuthHash::Md5) {
    return fail(Errc::Usage, "--require-sha256 and --auth-hash md5 exclude each other");
  }
  return {};
}

Result<UploadOptions> read_options(const Invocation& invocation) {
  UploadOptions options;
  options.command = invocation.flag("fs") ? wire::Command::Filesystem : wire::Command::Flash;
  options.bind_address = invocation.value("bind").value_or("");
  options.any_peer = invocation.flag("any-peer");
  options.lockstep = invocation.flag("lockstep");
  if (const std::optional<std::string> ports = invocation.value("host-port")) {
    const Result<espota::PortRange> range = parse_port_range(*ports);
    if (!range) {
      return fail(range.error());
    }
    options.host_ports = *range;
  }
  for (const auto& read : {read_waits, read_numbers, read_auth_policy}) {
    if (const Result<void> done = read(invocation, options); !done) {
      return fail(done.error());
    }
  }
  return options;
}

/// What every target gets that says nothing else.
struct TargetDefaults {
  std::optional<std::uint16_t> port;
  espota::Chip chip = espota::Chip::Auto;
  espota::Credentials credentials;
};

Result<TargetDefaults> read_target_defaults(Invocation& invocation) {
  TargetDefaults defaults;
  const auto port = invocation.number("port", 1, 65535);
  if (!port) {
    return fail(port.error());
  }
  if (*port) {
    defaults.port = static_cast<std::uint16_t>(**port);
  }
  const Result<std::size_t> chip = invocation.choice("chip", kChips, 0);
  if (!chip) {
    return fail(chip.error());
  }
  defaults.chip = static_cast<espota::Chip>(*chip);
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

Result<Target> target_from(const espota::TargetLine& line,
                           const std::filesystem::path& folder,
                           const TargetDefaults& defaults) {
  const std::string port = line.address.port ? fmt::format(":{}", *line.address.port) : "";
  Target target = target_from(line.address.host + port, line.address, defaults);
  if (line.chip != espota::Chip::Auto) {
    target.chip = line.chip;
  }
  if (!line.password_file.empty()) {
    Result<Secret> password = read_secret_file((folder / line.password_file).string());
    if (!password) {
      return fail(password.error().with_context(fmt::format("line {}", line.line)));
    }
    target.credentials = {std::move(*password), std::nullopt};
  }
  return target;
}

Result<void> add_targets_from(const std::string& path,
                              const TargetDefaults& defaults,
                              std::vector<Target>& targets) {
  const Result<std::string> text = read_text_file(path, kLargestText);
  if (!text) {
    return fail(text.error());
  }
  const auto lines = espota::parse_target_list(*text);
  if (!lines) {
    return fail(lines.error().with_context(path));
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  for (const espota::TargetLine& line : *lines) {
    Result<Target> target = target_from(line, folder, defaults);
    if (!target) {
      return fail(target.error().with_context(path));
    }
    targets.push_back(std::move(*target));
  }
  return {};
}

/// Two uploads to one device at once would disturb each other.
Result<void> refuse_duplicates(const std::vector<Target>& targets) {
  std::vector<std::string> keys;
  keys.reserve(targets.size());
  for (const Target& target : targets) {
    keys.push_back(fmt::format("{}:{}", target.host, target.port.value_or(0)));
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys);
  if (twice != keys.end()) {
    return fail(Errc::Usage,
                fmt::format("target '{}' is named twice", twice->substr(0, twice->rfind(":0"))));
  }
  return {};
}

}  // namespace

Result<UploadRequest> read_upload_request(Invocation& invocation) {
  Result<UploadOptions> options = read_options(invocation);
  if (!options) {
    return fail(options.error());
  }
  const Result<TargetDefaults> defaults = read_target_defaults(invocation);
  if (!defaults) {
    return fail(defaults.error());
  }
  UploadRequest request{{}, std::move(*options)};
  for (const std::string& name : invocation.arguments().subspan(1)) {
    const Result<espota::HostPort> address = espota::parse_host_port(name);
    if (!address) {
      return fail(address.error());
    }
    request.targets.push_back(target_from(name, *address, *defaults));
  }
  if (const std::optional<std::string> path = invocation.value("targets")) {
    if (const Result<void> added = add_targets_from(*path, *defaults, request.targets); !added) {
      return fail(added.error());
    }
  }
  if (request.targets.empty()) {
    return fail(Errc::Usage, "no target is named");
  }
  if (const Result<void> unique = refuse_duplicates(request.targets); !unique) {
    return fail(unique.error());
  }
  return request;
}

}  // namespace otatool::cli
