#include "espota/asio_link.hpp"

#include <array>
#include <deque>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "delivery/asio_local_end.hpp"
#include "espota/asio_icmp_errors.hpp"
#include "espota/asio_open.hpp"

namespace otatool::espota {
namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

// Small, so that bytes accepted by the kernel are close to bytes received by the device. Costs no
// speed (espota.md 7.3).
constexpr int kSendBufferBytes = 8 * 1024;

/// Datagrams to read before a connection is reported; anybody can send more.
constexpr int kMostWaiting = 16;

}  // namespace

class AsioLink::Sockets : public std::enable_shared_from_this<AsioLink::Sockets> {
 public:
  Sockets(asio::io_context& io,
          const LinkOptions& options,
          udp::socket datagrams,
          tcp::acceptor listener)
      : options_(options),
        local_(listener.local_endpoint()),
        datagrams_(std::move(datagrams)),
        listener_(std::move(listener)),
        connection_(io),
        candidate_(io),
        alarm_(io),
        opened_(std::chrono::steady_clock::now()) {}

  void start() {
    receive_datagram();
    accept();
  }
  void close() noexcept;
  void send(const SendDatagram& datagram);
  void send_chunk(std::string line, Bytes chunk);
  asio::awaitable<std::optional<Event>> next_event(Millis deadline);

  [[nodiscard]] const tcp::endpoint& local() const { return local_; }
  [[nodiscard]] Millis now() const {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - opened_);
  }
  void interrupt() {
    interrupted_ = true;
    alarm_.cancel();
  }
  void close_in_order() { in_order_ = true; }

 private:
  void push(Event event) {
    events_.push_back(std::move(event));
    alarm_.cancel();
  }
  [[nodiscard]] Event pop();
  void receive_datagram();
  bool read_datagram();
  void drain_icmp_errors();
  void accept();
  void on_candidate(const error_code& error);
  void read();
  void on_read(const error_code& error, std::size_t length);
  void acknowledge_reply();
  [[nodiscard]] std::size_t queued_bytes();
  [[nodiscard]] std::size_t segment_size();

  LinkOptions options_;
  tcp::endpoint local_;
  udp::socket datagrams_;
  tcp::acceptor listener_;
  tcp::socket connection_;
  tcp::socket candidate_;
  asio::steady_timer alarm_;
  std::chrono::steady_clock::time_point opened_;
  std::deque<Event> events_;
  std::array<char, 512> replies_{};
  std::string line_;
  bool receiving_ = false;  ///< waits for a datagram
  bool interrupted_ = false;
  bool closed_ = false;
  bool in_order_ = false;
  bool write_failed_ = false;
  bool reply_read_ = false;
};

void AsioLink::Sockets::close() noexcept {
  closed_ = true;
  error_code ignored;
  if (connection_.is_open() && !in_order_) {
    connection_.set_option(asio::socket_base::linger(true, 0), ignored);
  }
  datagrams_.close(ignored);
  listener_.close(ignored);
  connection_.close(ignored);
  candidate_.close(ignored);
  try {
    alarm_.cancel();
  } catch (const boost::system::system_error&) {
    // cancel() does not throw in practice, but this function is noexcept.
  }
}

void AsioLink::Sockets::send(const SendDatagram& datagram) {
  for (const std::uint16_t port : datagram.ports) {
    const udp::endpoint device(options_.device, port);
    error_code error;
    datagrams_.send_to(asio::buffer(datagram.bytes), device, 0, error);
    if (error == asio::error::connection_refused) {
      // This is the ICMP error of an earlier datagram; reading it clears it for the next send.
      drain_icmp_errors();
      datagrams_.send_to(asio::buffer(datagram.bytes), device, 0, error);
    }
    if (error == asio::error::host_unreachable || error == asio::error::network_unreachable) {
      push(HostUnreachable{});
    } else if (error == asio::error::no_permission ||
               error == boost::system::errc::operation_not_permitted) {
      push(SendRefused{error.message()});
    }
  }
}

void AsioLink::Sockets::send_chunk(std::string line, Bytes chunk) {
  line_ = std::move(line);
  const std::array<asio::const_buffer, 2> parts{asio::buffer(line_),
                                                asio::buffer(chunk.data(), chunk.size())};
  asio::async_write(
      connection_, parts, [self = shared_from_this()](const error_code& error, std::size_t) {
        if (self->closed_) {
          return;
        }
        if (error) {
          // The device may have sent its verdict before it closed: read that first.
          self->write_failed_ = true;
          return;
        }
        self->push(ChunkSent{self->queued_bytes()});
      });
}

asio::awaitable<std::optional<Event>> AsioLink::Sockets::next_event(Millis deadline) {
  const auto until = opened_ + deadline;
  while (!interrupted_ && events_.empty() && std::chrono::steady_clock::now() < until) {
    acknowledge_reply();
    alarm_.expires_at(until);
    error_code ignored;
    co_await alarm_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (interrupted_) {
    co_return std::nullopt;
  }
  if (events_.empty()) {
    co_return TimedOut{queued_bytes()};
  }
  co_return pop();
}

/// Takes an event and lets its source produce the next one: each source queues at most one event.
Event AsioLink::Sockets::pop() {
  Event event = std::move(events_.front());
  events_.pop_front();
  if (std::holds_alternative<DatagramReceived>(event) ||
      std::holds_alternative<ReplyIgnored>(event)) {
    receive_datagram();
  } else if (std::holds_alternative<PeerRefused>(event)) {
    accept();
  } else if (std::holds_alternative<BytesReceived>(event) ||
             std::holds_alternative<DeviceConnected>(event)) {
    read();
  }
  return event;
}

/// Waits and then reads, so that an unread datagram is always in the kernel.
void AsioLink::Sockets::receive_datagram() {
  if (std::exchange(receiving_, true)) {
    return;
  }
  datagrams_.async_wait(udp::socket::wait_read, [self = shared_from_this()](const error_code&) {
    self->receiving_ = false;
    if (!self->closed_ && !self->read_datagram()) {
      self->receive_datagram();
    }
  });
}

/// False if no datagram was waiting.
bool AsioLink::Sockets::read_datagram() {
  std::array<char, 512> datagram{};
  udp::endpoint sender;
  error_code error;
  const std::size_t length = datagrams_.receive_from(asio::buffer(datagram), sender, 0, error);
  if (error) {
    if (error != asio::error::would_block) {
      drain_icmp_errors();
    }
    return false;
  }
  if (!options_.any_peer && sender.address() != options_.device) {
    push(ReplyIgnored{sender.address().to_string()});
  } else {
    push(DatagramReceived{std::string(datagram.data(), length), sender.port()});
  }
  return true;
}

void AsioLink::Sockets::drain_icmp_errors() {
  for (Event& event : read_icmp_errors(datagrams_.native_handle())) {
    push(std::move(event));
  }
}

void AsioLink::Sockets::accept() {
  listener_.async_accept(candidate_, [self = shared_from_this()](const error_code& error) {
    self->on_candidate(error);
  });
}

void AsioLink::Sockets::on_candidate(const error_code& error) {
  if (closed_) {
    return;
  }
  error_code ignored;
  const tcp::endpoint peer = error ? tcp::endpoint() : candidate_.remote_endpoint(ignored);
  if (error && error != asio::error::connection_aborted) {
    return;  // for example no descriptor left; the session reports the missing connection
  }
  if (peer == tcp::endpoint()) {
    candidate_.close(ignored);
    accept();
    return;
  }
  if (!options_.any_peer && peer.address() != options_.device) {
    candidate_.close(ignored);
    push(PeerRefused{peer.address().to_string()});
    return;
  }
  connection_ = std::move(candidate_);
  listener_.close(ignored);
  connection_.set_option(tcp::no_delay(true), ignored);
  connection_.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
  // What the device sent before it connected: an offer to resume must come before the first chunk.
  for (int i = 0; i < kMostWaiting && read_datagram(); ++i) {
  }
  push(DeviceConnected{segment_size()});
}

void AsioLink::Sockets::read() {
  connection_.async_read_some(
      asio::buffer(replies_),
      [self = shared_from_this()](const error_code& error, std::size_t length) {
        self->on_read(error, length);
      });
}

void AsioLink::Sockets::on_read(const error_code& error, std::size_t length) {
  if (closed_) {
    return;
  }
  if (error) {
    push(Closed{error != asio::error::eof || write_failed_, queued_bytes()});
  } else {
    reply_read_ = true;
    push(BytesReceived{std::string(replies_.data(), length), queued_bytes()});
  }
}

/// Sends the TCP acknowledgement of the last reply at once. Some receivers send nothing before they
/// get it, and without data to send the kernel delays it by 40 ms.
void AsioLink::Sockets::acknowledge_reply() {
  if (std::exchange(reply_read_, false) && connection_.is_open() && queued_bytes() == 0) {
    const int now = 1;
    setsockopt(connection_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now);
  }
}

std::size_t AsioLink::Sockets::queued_bytes() {
  int queued = 0;
  if (!connection_.is_open() || ioctl(connection_.native_handle(), SIOCOUTQ, &queued) != 0) {
    return 0;
  }
  return static_cast<std::size_t>(queued);
}

std::size_t AsioLink::Sockets::segment_size() {
  int size = 0;
  socklen_t length = sizeof size;
  if (getsockopt(connection_.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &size, &length) != 0) {
    return 0;
  }
  return static_cast<std::size_t>(size);
}

Result<AsioLink> AsioLink::open(asio::io_context& io, const LinkOptions& options) {
  LinkOptions where = options;
  where.local.interface = delivery::interface_for(options.local, options.device);
  const Result<asio::ip::address> local = local_address_for(io, where);
  if (!local) {
    return fail(local.error());
  }
  Result<tcp::acceptor> listener = listen_in_range(io, *local, where);
  if (!listener) {
    return fail(listener.error());
  }
  Result<udp::socket> datagrams = open_udp(io, *local, where.local.interface);
  if (!datagrams) {
    return fail(datagrams.error());
  }
  auto sockets =
      std::make_shared<Sockets>(io, options, std::move(*datagrams), std::move(*listener));
  sockets->start();
  return AsioLink(std::move(sockets));
}

AsioLink::AsioLink(std::shared_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
AsioLink::AsioLink(AsioLink&&) noexcept = default;
AsioLink::~AsioLink() {
  if (sockets_) {
    sockets_->close();
  }
}

std::string AsioLink::local_address() const {
  return sockets_->local().address().to_string();
}
std::uint16_t AsioLink::host_port() const {
  return sockets_->local().port();
}
Millis AsioLink::now() const {
  return sockets_->now();
}
void AsioLink::send(const SendDatagram& datagram) {
  sockets_->send(datagram);
}
void AsioLink::send_chunk(std::string line, Bytes chunk) {
  sockets_->send_chunk(std::move(line), chunk);
}
asio::awaitable<std::optional<Event>> AsioLink::next_event(Millis deadline) {
  return sockets_->next_event(deadline);
}
void AsioLink::interrupt() {
  sockets_->interrupt();
}
void AsioLink::close_in_order() {
  sockets_->close_in_order();
}

}  // namespace otatool::espota
