#include "espota/asio_question.hpp"

#include <set>
#include <string>

#include "otatool/wire/delta_patch.hpp"

namespace otatool::espota {
namespace asio = boost::asio;

namespace {

constexpr Millis kInterval{1'000};
constexpr unsigned kQuestions = 4;

/// What the event says, if it is an answer.
std::optional<RunningImage> read_answer(const Event& event) {
  const auto* const datagram = std::get_if<DatagramReceived>(&event);
  const std::string text = datagram != nullptr ? datagram->bytes : std::string();
  wire::RunningImage running{};
  if (!wire::parse_delta_answer(text.data(), text.size(), running) ||
      running.window < wire::kDeltaWindow) {
    return std::nullopt;
  }
  return RunningImage{running.size, std::string(running.sha256, 2 * wire::kSha256Size)};
}

}  // namespace

asio::awaitable<std::optional<RunningImage>> ask_running(asio::io_context& io,
                                                         LinkOptions where,
                                                         std::vector<std::uint16_t> ports,
                                                         std::stop_token stop) {
  auto link = AsioLink::open(io, where);
  if (!link) {
    co_return std::nullopt;
  }
  const std::stop_callback on_stop(stop, [&link] { link->interrupt(); });
  std::set<std::uint16_t> closed;
  for (unsigned asked = 0; asked < kQuestions && closed.size() < ports.size(); ++asked) {
    const SendDatagram question{wire::kDeltaQuestion, ports, Millis(0)};
    link->send(question);
    const Millis deadline = link->now() + kInterval;
    while (link->now() < deadline && closed.size() < ports.size()) {
      const auto event = co_await link->next_event(deadline);
      if (!event) {
        co_return std::nullopt;
      }
      if (auto running = read_answer(*event)) {
        co_return running;
      }
      if (const auto* unreachable = std::get_if<PortUnreachable>(&*event)) {
        closed.insert(unreachable->port);
      }
    }
  }
  co_return std::nullopt;
}

}  // namespace otatool::espota
