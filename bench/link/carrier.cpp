#include "link/carrier.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <poll.h>
#include <random>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

namespace otatool::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Packet = std::vector<std::uint8_t>;

constexpr std::size_t kLargestPacket = 2048;
/// A queue as a home router has it: what does not fit is dropped.
constexpr std::size_t kLongestQueue = 256;

/// One direction of the link.
class Direction {
 public:
  Direction(int from, int to, const LinkQuality& quality, std::uint64_t seed)
      : from_(from), to_(to), quality_(quality), random_(seed) {}

  void take_in(Clock::time_point now) {
    std::array<std::uint8_t, kLargestPacket> buffer{};
    for (;;) {
      const ssize_t length = read(from_, buffer.data(), buffer.size());
      if (length <= 0) {
        return;
      }
      if (chance_(random_) < quality_.loss || queue_.size() >= kLongestQueue) {
        continue;
      }
      free_at_ = std::max(free_at_, now) + time_on_air(static_cast<std::size_t>(length));
      queue_.push_back(
          {free_at_ + quality_.one_way_delay, Packet(buffer.begin(), buffer.begin() + length)});
    }
  }

  void deliver(Clock::time_point now) {
    for (; !queue_.empty() && queue_.front().due <= now; queue_.pop_front()) {
      const Packet& packet = queue_.front().packet;
      if (write(to_, packet.data(), packet.size()) < 0) {
        continue;  // a closed interface loses packets, as a link does
      }
    }
  }

  [[nodiscard]] std::optional<Clock::time_point> next_due() const {
    return queue_.empty() ? std::nullopt : std::optional(queue_.front().due);
  }
  [[nodiscard]] int source() const { return from_; }

 private:
  struct Queued {
    Clock::time_point due;
    Packet packet;
  };

  [[nodiscard]] std::chrono::nanoseconds time_on_air(std::size_t bytes) const {
    if (quality_.bits_per_second == 0) {
      return std::chrono::nanoseconds(0);
    }
    return std::chrono::nanoseconds(bytes * 8 * 1'000'000'000ULL / quality_.bits_per_second);
  }

  int from_;
  int to_;
  LinkQuality quality_;
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> chance_{0.0, 1.0};
  Clock::time_point free_at_{};
  std::deque<Queued> queue_;
};

timespec until(std::optional<Clock::time_point> due) {
  const auto left =
      due ? std::max(*due - Clock::now(), Clock::duration(0)) : std::chrono::seconds(1);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
}

}  // namespace

Carrier::Carrier(int tun_a, int tun_b, LinkQuality quality)
    : stop_(eventfd(0, EFD_CLOEXEC)), thread_([=, this] { run(tun_a, tun_b, quality); }) {}

Carrier::~Carrier() {
  const std::uint64_t one = 1;
  if (write(stop_.get(), &one, sizeof one) == sizeof one) {
    thread_.join();
  }
}

void Carrier::run(int tun_a, int tun_b, LinkQuality quality) {
  Direction there(tun_a, tun_b, quality, quality.seed);
  Direction back(tun_b, tun_a, quality, ~quality.seed);
  for (;;) {
    std::optional<Clock::time_point> due = there.next_due();
    if (back.next_due() && (!due || *back.next_due() < *due)) {
      due = back.next_due();
    }
    std::array<pollfd, 3> sources = {pollfd{there.source(), POLLIN, 0},
                                     pollfd{back.source(), POLLIN, 0},
                                     pollfd{stop_.get(), POLLIN, 0}};
    const timespec wait = until(due);
    ppoll(sources.data(), sources.size(), &wait, nullptr);
    if (sources[2].revents != 0) {
      return;
    }
    const Clock::time_point now = Clock::now();
    there.take_in(now);
    back.take_in(now);
    there.deliver(Clock::now());
    back.deliver(Clock::now());
  }
}

}  // namespace otatool::bench
