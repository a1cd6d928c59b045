#include "cli/discover/announce_options.hpp"

#include <fmt/format.h>
#include <string>
#include <utility>

#include "cli/frame/invocation.hpp"
#include "cli/io/printable.hpp"

namespace otatool::cli {

Result<void> check_txt_text(std::string_view what, std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() > longest || printable(text) != text) {
    return fail(
        Errc::Usage,
        fmt::format(
            "'{}' is not a {}: 1 to {} bytes of printable text", printable(text), what, longest));
  }
  return {};
}

Result<announce::AnnounceOptions> read_announcement(const Invocation& invocation,
                                                    std::string_view what) {
  constexpr std::size_t kLongestLabel = 63;
  TRY(const auto port, invocation.number("mdns-port", 1, 65535));
  announce::AnnounceOptions options;
  options.interfaces = invocation.values("iface");
  options.mdns_port = static_cast<std::uint16_t>(port.value_or(options.mdns_port));
  if (auto name = invocation.value("name")) {
    TRY_VOID(check_txt_text(what, *name, kLongestLabel));
    options.name = std::move(*name);
  }
  return options;
}

}  // namespace otatool::cli
