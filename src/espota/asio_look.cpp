#include "espota/asio_look.hpp"

#include <set>
#include <string>

#include "otatool/wire/espota.hpp"

#include "delivery/asio_presence.hpp"

namespace otatool::espota {
namespace asio = boost::asio;
using delivery::Sight;

namespace {

/// For the ICMP errors about the datagrams. The device sends them before its answer to the
/// connection, which began later.
constexpr Millis kIcmpTime{20};

std::string stray_response() {
  const std::string digits(wire::kMd5HexLength, '0');
  std::string text(wire::kMaxResponseLength, '\0');
  text.resize(wire::format_response({digits.data(), digits.data(), digits.size()}, text.data()));
  return text;
}

}  // namespace

asio::awaitable<Sight::State> look_at_device(asio::io_context& io,
                                             LinkOptions where,
                                             std::vector<std::uint16_t> ports,
                                             std::stop_token stop) {
  auto link = AsioLink::open(io, where);
  if (!link) {
    co_return Sight::State::Away;
  }
  const SendDatagram datagram{stray_response(), ports, Millis(0)};
  link->send(datagram);
  asio::ip::tcp::endpoint device(where.device, ports.front());
  const Sight::State host =
      co_await delivery::look_at_port(io, std::move(device), where.local, stop);
  if (host == Sight::State::Away) {
    co_return host;
  }
  std::set<std::uint16_t> closed;
  const Millis deadline = link->now() + kIcmpTime;
  for (;;) {
    const auto event = co_await link->next_event(deadline);
    if (!event || std::holds_alternative<TimedOut>(*event)) {
      break;
    }
    if (const auto* unreachable = std::get_if<PortUnreachable>(&*event)) {
      closed.insert(unreachable->port);
    }
  }
  co_return closed.size() == ports.size() ? Sight::State::Closed : Sight::State::Up;
}

}  // namespace otatool::espota
