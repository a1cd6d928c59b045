#include "device/web/asio_form_server.hpp"

#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "announce/asio_endpoint.hpp"
#include "device/web/form_page.hpp"
#include "device/web/http_update.hpp"
#include "firmware/core/form_reader.hpp"
#include "http/client/beast_request.hpp"

namespace otatool::device {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Wait for the host to read the response before the device restarts.
constexpr std::chrono::seconds kLinger{1};

}  // namespace

/// The current request: header, form, update.
class AsioFormServer::Request final : public firmware::FormSink {
 public:
  Request(FlashOwner& owner, const std::string& peer, FormAuth& auth)
      : owner_(owner),
        auth_(auth),
        update_(owner, peer),
        reader_([this](Bytes bytes) { take_body(bytes); }) {}

  http::RequestReader& reader() { return reader_; }
  HttpUpdate& update() { return update_; }

  /// The response to the complete request.
  [[nodiscard]] std::string response() {
    if (reader_.target() != kFormPath) {
      return answer_text("404 Not Found", "Not found: " + reader_.target() + "\n");
    }
    // Stock pages refuse a password after the whole body, too.
    if (!authorized()) {
      return auth_.refuse();
    }
    if (reader_.method() == "GET") {
      return form_page();
    }
    return reader_.method() == "POST" ? verdict() : answer_text("405 Method Not Allowed", "");
  }

 private:
  bool on_file(const char* field, const char*, std::uint32_t size) override {
    // Any other name means firmware, as on stock pages (espota.md 5.1).
    const bool filesystem = std::string_view(field) == "filesystem";
    return update_.begin(
        {filesystem ? wire::Command::Filesystem : wire::Command::Flash, size, std::nullopt});
  }
  bool on_bytes(const std::uint8_t* bytes, std::size_t length) override {
    return update_.write(std::span(bytes, length));
  }
  bool on_file_end() override { return update_.finish(); }

  void take_body(Bytes bytes) {
    if (!begun_) {
      begun_ = true;
      taken_ = reader_.target() == kFormPath && reader_.method() == "POST" && authorized() &&
               origin_matches();
      const std::string type = reader_.field("Content-Type");
      if (taken_) {
        form_error_ = form_.begin(type.data(), type.size(), reader_.content_length().value_or(0));
      }
    }
    if (taken_ && form_error_ == firmware::FormError::None) {
      form_error_ = form_.write(bytes.data(), bytes.size());
    }
  }

  std::string verdict() {
    if (!origin_matches()) {
      return auth_.is_open() ? failure_answer("Wrong origin received!") : auth_.refuse();
    }
    const firmware::FormError error =
        form_error_ == firmware::FormError::None ? form_.end() : form_error_;
    if (update_.applied() && error == firmware::FormError::None) {
      return success_answer();
    }
    if (error == firmware::FormError::Sink) {
      return failure_answer(update_.words());
    }
    update_.abandon(Error(Errc::DeviceRefused, firmware::describe(error)));
    return failure_answer(firmware::describe(error));
  }

  [[nodiscard]] bool authorized() const {
    return auth_.accepts(reader_.field("Authorization"), reader_.method(), reader_.target());
  }
  /// Only the ESP32's page checks the origin (espota.md 5.2).
  [[nodiscard]] bool origin_matches() {
    return owner_.facts().chip == ChipFamily::Esp8266 ||
           reader_.field("Origin") == "http://" + reader_.field("Host");
  }

  FlashOwner& owner_;
  FormAuth& auth_;
  HttpUpdate update_;
  firmware::FormReader form_{*this};
  firmware::FormError form_error_ = firmware::FormError::None;
  bool begun_ = false;
  bool taken_ = false;
  http::RequestReader reader_;
};

AsioFormServer::AsioFormServer(asio::io_context& context,
                               FlashOwner& owner,
                               FormOptions options,
                               Secret password,
                               std::chrono::milliseconds stall)
    : owner_(owner),
      options_(std::move(options)),
      auth_(options_, std::move(password)),
      stall_(stall),
      acceptor_(context),
      socket_(context),
      deadline_(context),
      pause_(context) {}

Result<std::uint16_t> AsioFormServer::listen(const asio::ip::address& address) {
  const tcp::endpoint local(address, options_.port);
  error_code error;
  acceptor_.open(local.protocol(), error);
  if (!error) {
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor_.bind(local, error);
  }
  if (!error) {
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return fail(Errc::ListenFailed,
                "cannot listen on TCP " +
                    announce::to_text(announce::to_firmware(address, options_.port)) + ": " +
                    error.message());
  }
  return acceptor_.local_endpoint().port();
}

void AsioFormServer::serve() {
  const auto self = shared_from_this();
  asio::co_spawn(acceptor_.get_executor(), accept_all(), [self](const std::exception_ptr& thrown) {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  });
}

void AsioFormServer::stop() {
  stopped_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  if (socket_.is_open()) {
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }
  deadline_.cancel();
  pause_.cancel();
}

asio::awaitable<void> AsioFormServer::accept_all() {
  while (!stopped_) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    tcp::endpoint from;
    co_await acceptor_.async_accept(socket_, from, token);
    if (error) {
      continue;
    }
    peer_ = announce::to_text(announce::to_firmware(from.address(), from.port()));
    co_await serve_connection();
    if (!stopped_) {
      socket_.close(error);
    }
  }
}

asio::awaitable<void> AsioFormServer::serve_connection() {
  Request request(owner_, peer_, auth_);
  const bool whole = co_await read_request(request);
  if (stopped_) {
    co_return;
  }
  if (whole) {
    const std::string text = request.response();
    co_await send(text);
  } else {
    request.update().abandon(
        Error(Errc::ConnectionClosed, peer_ + " closed the connection or stopped sending"));
  }
  deadline_.cancel();
  if (!stopped_) {
    request.update().close();
  }
}

asio::awaitable<bool> AsioFormServer::read_request(Request& request) {
  while (!request.reader().complete()) {
    set_deadline(stall_);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const std::size_t count = co_await socket_.async_read_some(asio::buffer(received_), token);
    if (error || stopped_) {
      co_return false;
    }
    if (!request.reader().feed(Bytes(received_).first(count))) {
      co_return false;
    }
    const auto busy = owner_.busy_time();
    if (busy.count() > 0) {
      set_deadline(stall_ + busy);
      pause_.expires_after(busy);
      co_await pause_.async_wait(token);
    }
  }
  co_return true;
}

asio::awaitable<void> AsioFormServer::send(const std::string& text) {
  set_deadline(stall_);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await asio::async_write(socket_, asio::buffer(text), token);
  if (!error && !stopped_) {
    socket_.shutdown(tcp::socket::shutdown_send, error);
    co_await wait_until_delivered();
  }
}

asio::awaitable<void> AsioFormServer::wait_until_delivered() {
  set_deadline(kLinger);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  while (!error && !stopped_) {
    co_await socket_.async_read_some(asio::buffer(received_), token);
  }
}

void AsioFormServer::set_deadline(std::chrono::steady_clock::duration time) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) {
      self->socket_.cancel(error);
    }
  });
}

}  // namespace otatool::device
