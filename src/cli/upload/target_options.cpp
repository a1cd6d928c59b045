#include "cli/upload/target_options.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <utility>
#include <vector>

#include "otatool/ascii.hpp"

#include "app/transports/form_transport.hpp"
#include "app/transports/transport.hpp"
#include "cli/frame/configured_device.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/frame/secrets.hpp"

namespace otatool::cli {
namespace {

using app::Via;

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

Result<std::string> parse_user(const std::string& text) {
  const auto is_invalid = [](unsigned char c) { return c == ':' || c < ' '; };
  if (text.empty() || std::ranges::any_of(text, is_invalid)) {
    return fail(Errc::Usage, fmt::format("'{}' is not a user name", text));
  }
  return text;
}

Result<std::optional<esphome::EncryptionKey>> parse_key_file(const std::string& path) {
  TRY(auto key, read_encryption_key(path));
  return std::optional(std::move(key));
}

}  // namespace

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
  defaults.only_forms = via == Via::Form;
  const auto parse = [&defaults](const std::string& text) {
    auto named = parse_way(text);
    return named && defaults.only_forms && named->via != Via::Form
               ? fail(Errc::Usage, fmt::format("'{}' is a way of 'otatool upload', no form", text))
               : std::move(named);
  };
  const NamedWay way = read.parsed("via", parse, NamedWay{via});
  defaults.way.via = way.via;
  defaults.way.family = way.family;
  defaults.way.key =
      read.parsed("encryption-key-file", parse_key_file, std::optional<esphome::EncryptionKey>());
  require_encryption(defaults.way);
  return read.finish(std::move(defaults));
}

}  // namespace otatool::cli
