#include "http/server/beast_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace otatool::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Bytes sent before other connections get a turn.
constexpr std::uint64_t kBurst = std::uint64_t{1} << 20U;

class PlainStream final : public Stream {
 public:
  using Stream::Stream;

  Task<bool> open() override { co_return true; }

  Task<std::size_t> read_some(std::span<char> buffer) override {
    if (cancelled()) {
      co_return 0;
    }
    // A wait for the socket and a read would be one more system call.
    error_code error;
    const std::size_t got =
        co_await socket().async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                          asio::redirect_error(asio::use_awaitable, error));
    if (error && error != asio::error::eof && error != asio::error::operation_aborted) {
      set_broken();
    }
    co_return error ? 0 : got;
  }

  Task<bool> write(std::string_view text, bool more) override {
    while (!text.empty()) {
      const ssize_t sent = ::send(
          socket().native_handle(), text.data(), text.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0));
      if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
        written_ += static_cast<std::uint64_t>(sent);
        deadline().on_progress();
        continue;
      }
      if (!may_wait() || !co_await wait(Wait::ToWrite)) {
        co_return false;
      }
    }
    co_return true;
  }

  Task<std::uint64_t> send(const Content& content,
                           std::uint64_t first,
                           std::uint64_t length) override {
    auto at = static_cast<off_t>(first);
    std::uint64_t left = length;
    while (left > 0) {
      const ssize_t sent = sendfile(socket().native_handle(),
                                    content.descriptor(),
                                    &at,
                                    static_cast<std::size_t>(std::min(left, kBurst)));
      if (sent > 0) {
        left -= static_cast<std::uint64_t>(sent);
        written_ += static_cast<std::uint64_t>(sent);
        deadline().on_progress();
        continue;
      }
      if (sent == 0 || !may_wait() || !co_await wait(Wait::ToWrite)) {
        break;
      }
    }
    co_return length - left;
  }

  void finish() override { shutdown(socket().native_handle(), SHUT_WR); }

  [[nodiscard]] bool can_close_at_once() override {
    int unread = 0;
    return ioctl(socket().native_handle(), FIONREAD, &unread) == 0 && unread == 0;
  }

  [[nodiscard]] std::uint64_t written() const override { return written_; }

 private:
  /// Whether the last call would have blocked; otherwise marks the stream as broken.
  bool may_wait() {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
      return true;
    }
    set_broken();
    return false;
  }

  std::uint64_t written_ = 0;
};

}  // namespace

bool Stream::delivered(std::uint64_t count) {
  int waiting = 0;
  // A FIN counts as one byte.
  return ioctl(socket_.native_handle(), SIOCOUTQ, &waiting) == 0 &&
         static_cast<std::uint64_t>(waiting) <= written() - count + 1;
}

Stream::Task<Stream::Beginning> Stream::take_proxy_header() {
  Beginning beginning;
  beginning.header.kind = ProxyHeader::Kind::Malformed;
  std::string& taken = beginning.rest;
  std::array<char, kLargestProxyHeader> buffer{};
  while (taken.size() < kLargestProxyHeader) {
    if (!co_await wait(Wait::ToRead)) {
      break;
    }
    const ssize_t got =
        recv(socket_.native_handle(), buffer.data(), buffer.size() - taken.size(), MSG_PEEK);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      continue;
    }
    if (got <= 0) {
      break;
    }
    const std::string_view seen(buffer.data(), static_cast<std::size_t>(got));
    const ProxyHeader header = read_proxy_header(taken + std::string(seen));
    const bool whole = header.kind == ProxyHeader::Kind::Complete;
    if (!whole && header.kind != ProxyHeader::Kind::Partial) {
      beginning.header = header;
      co_return beginning;
    }
    // The bytes of a header that goes on are taken, so that the next wait is for further ones.
    const std::size_t mine = whole ? header.length - taken.size() : seen.size();
    taken += seen.substr(0, mine);
    static_cast<void>(recv(socket_.native_handle(), buffer.data(), mine, 0));
    if (whole) {
      taken.clear();
      beginning.header = header;
      co_return beginning;
    }
  }
  beginning.header.kind = ProxyHeader::Kind::Malformed;
  co_return beginning;
}

void Stream::cancel() {
  cancelled_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Stream::break_off() {
  broken_ = true;
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  cancel();
}

Stream::Task<bool> Stream::wait(Wait what) {
  if (cancelled_) {
    co_return false;
  }
  error_code error;
  co_await socket_.async_wait(what == Wait::ToRead ? Socket::wait_read : Socket::wait_write,
                              asio::redirect_error(asio::use_awaitable, error));
  co_return !error && !cancelled_;
}

std::unique_ptr<Stream> make_plain_stream(Stream::Socket socket, Deadline& deadline) {
  return std::make_unique<PlainStream>(std::move(socket), deadline);
}

}  // namespace otatool::http
