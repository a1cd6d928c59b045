#include "tests/support/simulation.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <utility>
#include <variant>

#include "tests/support/rival_host.hpp"
#include "tests/support/virtual_connection.hpp"
#include "tests/support/virtual_time.hpp"

namespace otatool::testing {
namespace {

/// How long the device runs after the host has finished: longer than any of its own waits.
constexpr Millis kAftermath{15'000};
constexpr Millis kLongestRun{3'600'000};
constexpr std::size_t kMostEventsAtOneTime = 10'000;
/// From a datagram to the report that ARP got no reply.
constexpr Millis kArpGivesUp{3'000};
constexpr std::uint16_t kHostUdpPort = 40'000;
constexpr std::uint16_t kRivalUdpPort = 40'001;
constexpr std::string_view kStranger = "192.0.2.99";

LinkTimes link_times(const Network& network) {
  const Outage outage = network.outage.value_or(Outage{});
  return {network.delay, outage.from, outage.until};
}

class Simulation {
 public:
  explicit Simulation(const SimulationSetup& setup)
      : setup_(setup),
        device_(setup.device),
        session_(setup.plan, espota::CnonceSeed{0x5E, 0xED}),
        connection_(agenda_,
                    device_,
                    link_times(setup.network),
                    {[this] { offer_chunk(); },
                     [this](std::string_view bytes) { replied(bytes); },
                     [this](bool reset) {
                       feed(espota::Closed{reset, connection_.queued()});
                     },
                     [this] { device_touched(); }}),
        random_(setup.network.seed) {}

  SimulationResult run() {
    if (setup_.interrupt_at) {
      agenda_.at(*setup_.interrupt_at, [this] { interrupt(); });
    }
    if (setup_.rival) {
      rival_.emplace(agenda_, *setup_.rival, [this](const espota::SendDatagram& datagram) {
        send(datagram, kRivalUdpPort);
      });
      rival_->start_at(setup_.rival_at);
    }
    feed(espota::Started{});
    while (!done_) {
      run_until_event_or_deadline();
    }
    while (rival_ && !rival_->done() && !agenda_.empty()) {
      agenda_.run_next();
    }
    const Millis end = agenda_.now() + kAftermath;
    while (!agenda_.empty() && agenda_.next() <= end) {
      agenda_.run_next();
    }
    device_.advance(end);
    return summary();
  }

 private:
  void run_until_event_or_deadline() {
    if (agenda_.now() > kLongestRun) {
      violate("the session did not finish within an hour");
    } else if (!agenda_.empty() && agenda_.next() <= deadline_) {
      agenda_.run_next();
    } else {
      agenda_.pass_to(deadline_);
      feed(espota::TimedOut{connection_.queued()});
    }
  }

  void feed(const espota::Event& event) {
    if (done_) {
      return;
    }
    events_at_once_ = agenda_.now() == last_event_ ? events_at_once_ + 1 : 0;
    last_event_ = agenda_.now();
    if (events_at_once_ > kMostEventsAtOneTime) {
      violate("the session repeats itself without waiting");
      return;
    }
    perform(session_.next(event, agenda_.now()));
  }

  void perform(const espota::Action& action) {
    if (const auto* datagram = std::get_if<espota::SendDatagram>(&action)) {
      deadline_ = datagram->deadline;
      send(*datagram, kHostUdpPort);
    } else if (const auto* wait = std::get_if<espota::Wait>(&action)) {
      deadline_ = wait->deadline;
    } else if (const auto* chunk = std::get_if<espota::SendChunk>(&action)) {
      deadline_ = chunk->deadline;
      begin_chunk(*chunk);
    } else {
      result_.error = std::get<espota::Finish>(action).error;
      result_.finished = true;
      if (result_.error) {
        send_cancellation();
      }
      finish(result_.error.has_value());
    }
  }

  void finish(bool reset) {
    done_ = true;
    result_.duration = agenda_.now();
    result_.auth = session_.auth();
    result_.outstanding = connection_.queued();
    if (connected_) {
      connection_.close_by_host(reset);
    }
  }

  void interrupt() {
    if (done_) {
      return;
    }
    send_cancellation();
    result_.interrupted = true;
    finish(true);
  }

  void send_cancellation() {
    if (const auto cancellation = session_.cancellation()) {
      send(*cancellation, kHostUdpPort);
    }
  }

  void violate(std::string what) {
    result_.violations.push_back(std::move(what));
    finish(true);
  }

  // Datagrams.

  /// How often the next datagram arrives.
  unsigned copies() {
    const Network& network = setup_.network;
    const std::size_t index = result_.datagrams++;
    const bool by_chance = random_() % 100 < network.loss_percent;
    if (by_chance || std::ranges::count(network.lost_datagrams, index) > 0) {
      ++result_.lost_datagrams;
      return 0;
    }
    const bool doubled =
        network.doubles_all || std::ranges::count(network.doubled_datagrams, index) > 0;
    return doubled ? 2 : 1;
  }

  [[nodiscard]] Millis delay_of_copy(unsigned number) const {
    return setup_.network.delay + (number > 1 ? setup_.network.second_copy : Millis(0));
  }

  void send(const espota::SendDatagram& datagram, std::uint16_t from) {
    for (const std::uint16_t port : datagram.ports) {
      for (unsigned left = copies(); left > 0; --left) {
        route(datagram.bytes, from, port, delay_of_copy(left));
      }
    }
  }

  void route(const std::string& bytes, std::uint16_t from, std::uint16_t port, Millis delay) {
    const Network& network = setup_.network;
    const bool right_port = port == device_.profile().udp_port;
    if (network.presence == Presence::NoHost) {
      agenda_.after(kArpGivesUp, [this] { feed(espota::HostUnreachable{}); });
    } else if (network.presence == Presence::PortClosed ||
               (network.presence == Presence::Up && !right_port && network.icmp)) {
      agenda_.after(2 * network.delay, [this, port] { feed(espota::PortUnreachable{port}); });
    } else if (network.presence == Presence::Up && right_port) {
      agenda_.after(delay, [this, bytes, from] {
        device_.datagram(bytes, from, agenda_.now());
        device_touched();
      });
    }
  }

  void reply(const Reply& effect) {
    const std::uint16_t own = device_.profile().udp_port;
    const std::uint16_t from = effect.from_other_port ? static_cast<std::uint16_t>(own + 1) : own;
    for (unsigned left = copies(); left > 0; --left) {
      agenda_.after(delay_of_copy(left), [this, from, to = effect.to_port, bytes = effect.bytes] {
        const espota::DatagramReceived received{bytes, from};
        to == kRivalUdpPort ? rival_->feed(received) : feed(received);
      });
    }
  }

  // The device.

  void device_touched() {
    device_.advance(agenda_.now());
    for (TimedEffect& effect : device_.take_effects()) {
      agenda_.at(effect.at, [this, what = std::move(effect.effect)] { carry_out(what); });
    }
    connection_.announce_window();
    if (const auto wake = device_.next_wake()) {
      agenda_.at(*wake, [this, due = *wake] {
        if (device_.next_wake() == due) {
          device_touched();
        }
      });
    }
  }

  void carry_out(const Effect& effect) {
    if (const auto* datagram = std::get_if<Reply>(&effect)) {
      reply(*datagram);
    } else if (const auto* connect = std::get_if<Connect>(&effect)) {
      connect_back(*connect);
    } else if (const auto* write = std::get_if<Write>(&effect)) {
      connection_.write_by_device(write->bytes);
    } else {
      connection_.close_by_device(std::holds_alternative<Reset>(effect));
    }
  }

  void connect_back(const Connect& connect) {
    if (setup_.network.blocks_connections) {
      return;
    }
    const Millis delay = setup_.network.delay;
    const bool right_port = connect.host_port == setup_.plan.host_port;
    if (setup_.rival && connect.host_port == setup_.rival->host_port) {
      agenda_.after(2 * delay, [this] { connect_to_rival(); });
      return;
    }
    if (connect.as_stranger) {
      agenda_.after(3 * delay, [this] { feed(espota::PeerRefused{std::string(kStranger)}); });
      return;
    }
    agenda_.after(delay, [this, delay, right_port] {
      const bool listening = right_port && !done_ && !connected_;
      agenda_.after(delay, [this, listening] {
        if (listening && !done_) {
          connected_ = true;
          device_.connected(agenda_.now());
        } else {
          device_.connect_failed(agenda_.now());
        }
        device_touched();
      });
      if (listening) {
        agenda_.after(2 * delay, [this] {
          connection_.open(setup_.network.send_buffer);
          feed(espota::DeviceConnected{device_.profile().segment_size});
        });
      }
    });
  }

  void connect_to_rival() {
    if (rival_->done()) {
      device_.connect_failed(agenda_.now());
    } else {
      rival_->connect();
      device_.connected(agenda_.now());
      device_.host_closed(true, agenda_.now());
    }
    device_touched();
  }

  // The host's side of the connection.

  void begin_chunk(const espota::SendChunk& chunk) {
    if (chunk_left_ != 0) {
      violate("a chunk was requested before the previous one was sent");
      return;
    }
    if (chunk.size == 0 || chunk.offset + chunk.size > setup_.image.size()) {
      violate("a chunk is empty or outside of the image");
      return;
    }
    chunk_offset_ = chunk.offset;
    chunk_left_ = chunk.size;
    offer_chunk();
  }

  void offer_chunk() {
    if (chunk_left_ == 0) {
      return;
    }
    const std::size_t length = std::min(chunk_left_, connection_.room());
    connection_.send(std::string_view(setup_.image).substr(chunk_offset_, length));
    chunk_offset_ += length;
    chunk_left_ -= length;
    unanswered_ += length;
    result_.most_unanswered = std::max(result_.most_unanswered, unanswered_);
    if (chunk_left_ == 0) {
      agenda_.after(Millis(0), [this] { feed(espota::ChunkSent{connection_.queued()}); });
    }
  }

  void replied(std::string_view bytes) {
    unanswered_ = 0;
    const std::size_t piece =
        setup_.network.reply_piece == 0 ? bytes.size() : setup_.network.reply_piece;
    for (std::size_t i = 0; i < bytes.size(); i += piece) {
      feed(espota::BytesReceived{std::string(bytes.substr(i, piece)), connection_.queued()});
    }
  }

  SimulationResult summary() {
    result_.state = device_.state();
    result_.device = device_.record();
    if (rival_) {
      result_.rival_error = rival_->error();
      result_.rival_connected = rival_->connected();
    }
    if (const TransferRecord* transfer = device_.transfer()) {
      result_.transfer = *transfer;
      result_.image_right = transfer->image == setup_.image;
    }
    return result_;
  }

  SimulationSetup setup_;
  Agenda agenda_;
  StockDevice device_;
  espota::Session session_;
  VirtualConnection connection_;
  std::optional<RivalHost> rival_;
  std::mt19937 random_;
  SimulationResult result_;
  Millis deadline_{0};
  Millis last_event_{-1};
  std::size_t events_at_once_ = 0;
  bool connected_ = false;
  bool done_ = false;
  std::size_t chunk_offset_ = 0;
  std::size_t chunk_left_ = 0;
  std::size_t unanswered_ = 0;
};

}  // namespace

SimulationResult simulate(const SimulationSetup& setup) {
  return Simulation(setup).run();
}

}  // namespace otatool::testing
