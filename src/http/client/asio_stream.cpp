#include "http/client/asio_stream.hpp"

#include <chrono>
#include <linux/sockios.h>
#include <optional>
#include <sys/ioctl.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>

#include "delivery/asio_local_end.hpp"

namespace otatool::http {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// A small send buffer keeps the progress close to what the device acknowledged (espota.md 7.3).
constexpr int kSendBuffer = 16 * 1024;
/// Wait for the peer's close_notify.
constexpr std::chrono::seconds kCloseTime{1};

class TlsClient final : public AsioTlsClient {
 public:
  asio::ssl::context context{asio::ssl::context::tls_client};
  bool verify = true;
};

error_code apply_identity(asio::ssl::context& context, const TlsIdentity& identity) {
  error_code error;
  context.use_certificate_chain(asio::buffer(identity.certificates), error);
  if (!error) {
    const std::string_view key = identity.private_key.reveal();
    context.use_private_key(asio::buffer(key.data(), key.size()), asio::ssl::context::pem, error);
  }
  return error;
}

/// The socket operations shared by both kinds of stream.
class SocketStream : public AsioStream, public std::enable_shared_from_this<SocketStream> {
 public:
  std::size_t undelivered() override {
    int waiting = 0;
    if (!socket().is_open() || ioctl(socket().native_handle(), SIOCOUTQ, &waiting) != 0) {
      return 0;
    }
    return static_cast<std::size_t>(waiting);
  }
  void drop() override {
    error_code ignored;
    socket().set_option(asio::socket_base::linger(true, 0), ignored);
    socket().close(ignored);
  }

  void prepare(delivery::LocalEnd local, int segment_size) override {
    local_ = std::move(local);
    segment_size_ = segment_size;
  }
  void connect(const tcp::endpoint& to, Connected done) override {
    local_error_ = delivery::open_towards(socket(), to.address(), local_, segment_size_);
    if (local_error_) {
      asio::post(socket().get_executor(), [self = shared_from_this(), done = std::move(done)] {
        done(asio::error::bad_descriptor);
      });
      return;
    }
    error_code ignored;
    socket().set_option(tcp::no_delay(true), ignored);
    socket().set_option(asio::socket_base::send_buffer_size(kSendBuffer), ignored);
    socket().async_connect(to,
                           [self = shared_from_this(), done = std::move(done)](error_code failed) {
                             failed ? done(failed) : self->handshake(done);
                           });
  }

  void drop_socket() {
    error_code ignored;
    socket().close(ignored);
  }

  Error connect_error(error_code error) const override {
    if (local_error_) {
      return *local_error_;
    }
    if (error == asio::error::connection_refused) {
      return {Errc::PortClosed, "nothing listens on this port"};
    }
    if (error == asio::error::host_unreachable || error == asio::error::network_unreachable) {
      return {Errc::HostUnreachable, error.message()};
    }
    return {Errc::NetworkFailed, "cannot connect: " + error.message()};
  }

 protected:
  [[nodiscard]] virtual tcp::socket& socket() = 0;

  virtual void handshake(const Connected& done) = 0;

 private:
  delivery::LocalEnd local_;
  int segment_size_ = 0;
  std::optional<Error> local_error_;  ///< why there is no socket
};

class PlainStream final : public SocketStream {
 public:
  explicit PlainStream(asio::io_context& context) : socket_(context) {}

  void close() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  void read_some(std::span<std::uint8_t> bytes, Transferred done) override {
    socket_.async_read_some(asio::buffer(bytes.data(), bytes.size()),
                            [self = shared_from_this(), done = std::move(done)](
                                error_code error, std::size_t count) { done(error, count); });
  }
  void write_some(Bytes bytes, Transferred done) override {
    socket_.async_write_some(asio::buffer(bytes.data(), bytes.size()),
                             [self = shared_from_this(), done = std::move(done)](
                                 error_code error, std::size_t count) { done(error, count); });
  }

 private:
  tcp::socket& socket() override { return socket_; }
  void handshake(const Connected& done) override { done({}); }

  tcp::socket socket_;
};

class TlsStream final : public SocketStream {
 public:
  TlsStream(asio::io_context& context, std::shared_ptr<TlsClient> client, std::string host)
      : client_(std::move(client)),
        host_(std::move(host)),
        stream_(context, client_->context),
        close_timer_(context) {}

  void close() override {
    close_timer_.expires_after(kCloseTime);
    close_timer_.async_wait([self = shared_from_this()](error_code) { self->drop_socket(); });
    stream_.async_shutdown(
        [this, self = shared_from_this()](error_code) { close_timer_.cancel(); });
  }

  void read_some(std::span<std::uint8_t> bytes, Transferred done) override {
    stream_.async_read_some(
        asio::buffer(bytes.data(), bytes.size()),
        [self = shared_from_this(), done = std::move(done)](error_code error, std::size_t count) {
          const bool end = error == asio::ssl::error::stream_truncated;
          done(end ? error_code(asio::error::eof) : error, count);
        });
  }
  void write_some(Bytes bytes, Transferred done) override {
    stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()),
                             [self = shared_from_this(), done = std::move(done)](
                                 error_code error, std::size_t count) { done(error, count); });
  }

  Error connect_error(error_code error) const override {
    if (!verification_.empty()) {
      return {Errc::UntrustedServer, "its certificate is not trusted: " + verification_};
    }
    if (error.category() == asio::error::get_ssl_category() ||
        error.category() == asio::ssl::error::get_stream_category()) {
      return {Errc::NetworkFailed, "no TLS connection: " + error.message()};
    }
    return SocketStream::connect_error(error);
  }

 private:
  tcp::socket& socket() override { return stream_.next_layer(); }

  void handshake(const Connected& done) override {
    error_code literal;
    asio::ip::make_address(host_, literal);
    if (literal) {
      SSL_set_tlsext_host_name(stream_.native_handle(), host_.c_str());
    }
    if (client_->verify) {
      stream_.set_verify_mode(asio::ssl::verify_peer);
      stream_.set_verify_callback([this](bool chain_is_good, asio::ssl::verify_context& context) {
        return check(chain_is_good, context);
      });
    }
    stream_.async_handshake(asio::ssl::stream_base::client,
                            [self = shared_from_this(), done](error_code error) { done(error); });
  }

  bool check(bool chain_is_good, asio::ssl::verify_context& context) {
    X509_STORE_CTX* const store = context.native_handle();
    if (!chain_is_good) {
      verification_ = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
      return false;
    }
    if (asio::ssl::host_name_verification(host_)(chain_is_good, context)) {
      return true;
    }
    verification_ = "it is not valid for '" + host_ + "'";
    return false;
  }

  std::shared_ptr<TlsClient> client_;
  std::string host_;
  std::string verification_;  ///< why the certificate was refused
  asio::ssl::stream<tcp::socket> stream_;
  asio::steady_timer close_timer_;
};

}  // namespace

Result<std::shared_ptr<AsioTlsClient>> make_tls_client(const TlsClientSettings& settings) {
  auto client = std::make_shared<TlsClient>();
  client->verify = settings.verify;
  client->context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  error_code error;
  if (settings.roots) {
    client->context.add_certificate_authority(asio::buffer(*settings.roots), error);
  } else {
    client->context.set_default_verify_paths(error);
  }
  if (error) {
    return fail(Errc::KeyUnusable, "no CA certificate: " + error.message());
  }
  if (settings.identity) {
    error = apply_identity(client->context, *settings.identity);
  }
  if (error) {
    return fail(Errc::KeyUnusable, "no usable certificate and key: " + error.message());
  }
  return client;
}

std::shared_ptr<AsioStream> make_stream(asio::io_context& context,
                                        const std::shared_ptr<AsioTlsClient>& tls,
                                        const std::string& host) {
  if (!tls) {
    return std::make_shared<PlainStream>(context);
  }
  return std::make_shared<TlsStream>(context, std::static_pointer_cast<TlsClient>(tls), host);
}

}  // namespace otatool::http
