#include "tests/support/stock_sockets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace otatool::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::nanoseconds kLongestNap = std::chrono::milliseconds(20);

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  void close() {
    if (open()) {
      ::close(std::exchange(number_, -1));
    }
  }
  void reset() {
    const linger at_once{1, 0};
    set(SOL_SOCKET, SO_LINGER, at_once);
    close();
  }
  template <typename Value>
  void set(int level, int option, const Value& value) const {
    setsockopt(number_, level, option, &value, sizeof value);
  }

 private:
  int number_ = -1;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] std::uint16_t port() const {
    return ntohs(storage.ss_family == AF_INET6
                     ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                     : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  }
  [[nodiscard]] Address with_port(std::uint16_t port) const {
    Address result = *this;
    if (storage.ss_family == AF_INET6) {
      reinterpret_cast<sockaddr_in6&>(result.storage).sin6_port = htons(port);
    } else {
      reinterpret_cast<sockaddr_in&>(result.storage).sin_port = htons(port);
    }
    return result;
  }
};

Result<Address> address_of(const std::string& literal) {
  addrinfo wanted{};
  wanted.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(literal.c_str(), nullptr, &wanted, &found) != 0) {
    return fail(Errc::Usage, "not an address: '" + literal + "'");
  }
  Address result;
  std::memcpy(&result.storage, found->ai_addr, found->ai_addrlen);
  result.length = found->ai_addrlen;
  freeaddrinfo(found);
  return result;
}

Descriptor bound_socket(int type, const Address& address) {
  Descriptor socket(::socket(address.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.open() && bind(socket.get(), address.get(), address.length) != 0) {
    socket.close();
  }
  return socket;
}

}  // namespace

class StockSockets::Loop {
 public:
  explicit Loop(SocketSetup setup) : setup_(std::move(setup)), device_(setup_.device) {}

  Result<void> open() {
    const Result<Address> own = address_of(setup_.address);
    const Result<Address> stranger = address_of(setup_.stranger_address);
    if (!own || !stranger) {
      return fail(own ? stranger.error() : own.error());
    }
    own_ = *own;
    stranger_ = *stranger;
    datagrams_ = bound_socket(SOCK_DGRAM, own_.with_port(setup_.device.profile.udp_port));
    other_port_ = bound_socket(SOCK_DGRAM, own_);
    if (!datagrams_.open() || !other_port_.open()) {
      return fail(Errc::NetworkFailed,
                  "cannot bind to " + setup_.address + ": " + std::strerror(errno));
    }
    return {};
  }

  [[nodiscard]] std::uint16_t port() const {
    Address bound;
    getsockname(datagrams_.get(), bound.get(), &bound.length);
    return bound.port();
  }

  void run(const std::function<bool(const StockDevice&)>& stop) {
    while (!due_.empty() || !stop(device_)) {
      device_.advance(now());
      for (TimedEffect& effect : device_.take_effects()) {
        due_.push_back(std::move(effect));
      }
      carry_out_what_is_due();
      if (device_.state() == DeviceState::Restarted && due_.empty()) {
        return;
      }
      wait();
    }
  }

  [[nodiscard]] const StockDevice& device() const { return device_; }

 private:
  [[nodiscard]] Millis now() const {
    const std::chrono::duration<double, std::milli> real = Clock::now() - started_;
    return Millis(static_cast<Millis::rep>(real.count() / setup_.time_scale));
  }

  void carry_out_what_is_due() {
    std::stable_sort(due_.begin(), due_.end(), [](const TimedEffect& a, const TimedEffect& b) {
      return a.at < b.at;
    });
    while (!due_.empty() && due_.front().at <= now()) {
      const Effect effect = std::move(due_.front().effect);
      due_.erase(due_.begin());
      carry_out(effect);
    }
  }

  void carry_out(const Effect& effect) {
    if (const auto* reply = std::get_if<Reply>(&effect)) {
      const Address host = host_.with_port(reply->to_port);
      const Descriptor& from = reply->from_other_port ? other_port_ : datagrams_;
      sendto(from.get(), reply->bytes.data(), reply->bytes.size(), 0, host.get(), host.length);
    } else if (const auto* connect = std::get_if<Connect>(&effect)) {
      connect_to(*connect);
    } else if (const auto* text = std::get_if<Write>(&effect)) {
      // Replies are short: the kernel accepts them whole or the connection is closed.
      send(connection_.get(), text->bytes.data(), text->bytes.size(), MSG_NOSIGNAL);
    } else if (std::holds_alternative<Reset>(effect)) {
      connection_.reset();
    } else {
      connection_.close();
    }
  }

  void connect_to(const Connect& connect) {
    Descriptor socket =
        bound_socket(SOCK_STREAM, (connect.as_stranger ? stranger_ : own_).with_port(0));
    const Profile& profile = setup_.device.profile;
    socket.set(IPPROTO_TCP, TCP_NODELAY, 1);
    socket.set(IPPROTO_TCP, TCP_MAXSEG, static_cast<int>(profile.segment_size));
    socket.set(SOL_SOCKET, SO_RCVBUF, static_cast<int>(profile.window));
    const Address host = host_.with_port(connect.host_port);
    const bool begun =
        ::connect(socket.get(), host.get(), host.length) == 0 || errno == EINPROGRESS;
    if (connect.as_stranger) {
      stranger_connection_ = std::move(socket);
    } else if (begun) {
      connection_ = std::move(socket);
      connecting_ = true;
      host_closed_ = false;
    } else {
      device_.connect_failed(now());
    }
  }

  void wait() {
    auto nap = kLongestNap;
    const auto until = [&](Millis at) {
      const std::chrono::duration<double, std::milli> real = (at - now()) * setup_.time_scale;
      nap = std::clamp(std::chrono::duration_cast<std::chrono::nanoseconds>(real),
                       std::chrono::nanoseconds(0),
                       nap);
    };
    if (const auto wake = device_.next_wake()) {
      until(*wake);
    }
    if (!due_.empty()) {
      until(due_.front().at);
    }
    const bool reading = !connecting_ && !host_closed_ && device_.receive_space() > 0;
    std::array<pollfd, 2> polled{pollfd{datagrams_.get(), POLLIN, 0},
                                 pollfd{host_closed_ ? -1 : connection_.get(), 0, 0}};
    polled[1].events = static_cast<short>(connecting_ ? POLLOUT : reading ? POLLIN : 0);
    timespec timeout{0, static_cast<long>(nap.count())};
    if (ppoll(polled.data(), polled.size(), &timeout, nullptr) <= 0) {
      return;
    }
    if (polled[0].revents != 0) {
      receive_datagram();
    }
    if (polled[1].revents != 0) {
      connecting_ ? finish_connect() : receive_bytes();
    }
  }

  void receive_datagram() {
    std::array<char, 2'048> buffer{};
    Address from;
    const ssize_t length =
        recvfrom(datagrams_.get(), buffer.data(), buffer.size(), 0, from.get(), &from.length);
    if (length < 0) {
      return;
    }
    host_ = from;
    device_.datagram({buffer.data(), static_cast<std::size_t>(length)}, from.port(), now());
  }

  void finish_connect() {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(connection_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    connecting_ = false;
    if (error == 0) {
      device_.connected(now());
    } else {
      connection_.close();
      device_.connect_failed(now());
    }
  }

  void receive_bytes() {
    std::array<char, 8'192> buffer{};
    const std::size_t room = std::clamp<std::size_t>(device_.receive_space(), 1, buffer.size());
    const ssize_t length = recv(connection_.get(), buffer.data(), room, 0);
    if (length > 0) {
      device_.bytes({buffer.data(), static_cast<std::size_t>(length)}, now());
    } else if (length == 0 || errno != EAGAIN) {
      host_closed_ = true;
      device_.host_closed(length != 0, now());
    }
  }

  SocketSetup setup_;
  StockDevice device_;
  Clock::time_point started_ = Clock::now();
  Address own_;
  Address stranger_;
  Address host_;
  Descriptor datagrams_;
  Descriptor other_port_;
  Descriptor connection_;
  Descriptor stranger_connection_;
  bool connecting_ = false;
  bool host_closed_ = false;
  TimedEffects due_;
};

Result<std::unique_ptr<StockSockets>> StockSockets::open(SocketSetup setup) {
  auto loop = std::make_unique<Loop>(std::move(setup));
  if (const Result<void> opened = loop->open(); !opened) {
    return fail(opened.error());
  }
  return std::unique_ptr<StockSockets>(new StockSockets(std::move(loop)));
}

StockSockets::StockSockets(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
StockSockets::~StockSockets() = default;

std::uint16_t StockSockets::udp_port() const {
  return loop_->port();
}

void StockSockets::run(const std::function<bool(const StockDevice&)>& stop) {
  loop_->run(stop);
}

const StockDevice& StockSockets::device() const {
  return loop_->device();
}

}  // namespace otatool::testing
