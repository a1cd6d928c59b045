#include "cli/device/pull_hints.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/io/hints.hpp"

namespace otatool::cli {
namespace {

struct PullHint {
  Errc code;
  std::string_view hint;
};

constexpr std::array kPullHints = {
    PullHint{Errc::NoAnswer, "check that the update server runs, and its address"},
    PullHint{Errc::PortClosed, "check that the update server runs, and the port in its address"},
    PullHint{Errc::HostUnreachable, "check the address of the server and the route to it"},
    PullHint{Errc::NetworkFailed, "check the address, and whether it is http or https"},
    PullHint{Errc::NotFound,
             "check the address: 'otatool serve' answers devices at /update, and files by name"},
    PullHint{Errc::PasswordRefused,
             "put user and password into the URL: http://USER:PASSWORD@HOST/"},
    PullHint{Errc::Stalled, "the server stopped sending: read its log"},
    PullHint{Errc::ConnectionReset, "the server may have restarted: read its log"},
    PullHint{Errc::ConnectionClosed, "the server closed the connection: read its log"},
    PullHint{Errc::DeviceRefused, ""},
};

}  // namespace

std::string pull_hint(const Error& error) {
  const auto own = std::ranges::find(kPullHints, error.code(), &PullHint::code);
  return std::string(own == kPullHints.end() ? hint_for(error.code()) : own->hint);
}

}  // namespace otatool::cli
