// Reads the options that hold for every target of an upload or push.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/chip_family.hpp"
#include "otatool/espota/credentials.hpp"
#include "otatool/http/family.hpp"
#include "otatool/result.hpp"

#include "app/transports/way.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// The values of options, for every target without own ones.
struct TargetDefaults {
  std::optional<std::uint16_t> port;
  ChipFamily chip = ChipFamily::Unknown;
  espota::Credentials credentials;
  std::string user;  ///< of web forms
  app::Way way;
  bool only_forms = false;  ///< no target may take another transport
};

struct NamedWay {
  app::Via via;
  std::optional<http::Family> family = std::nullopt;
};

/// The transport of this name; that of web forms for the name of a family.
[[nodiscard]] Result<NamedWay> parse_way(std::string_view text);

/// With a key, the announcement of a device cannot choose a way without encryption.
void require_encryption(app::Way& way);

/// The targets take the way `via` unless `--via` names another one; all take web forms if `via` is
/// Form. Takes the secrets out of the invocation. Fails with Usage, or with FileUnreadable for a
/// password file.
[[nodiscard]] Result<TargetDefaults> read_target_defaults(Invocation& invocation, app::Via via);

}  // namespace otatool::cli
