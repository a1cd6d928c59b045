// A client's TCP connection, with or without TLS. Knows no HTTP and sets no time limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "otatool/bytes.hpp"
#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

/// What all TLS connections with the same settings share.
class AsioTlsClient {
 public:
  virtual ~AsioTlsClient() = default;
};

/// TLS 1.2 or newer. KeyUnusable for certificates or keys that cannot be read.
[[nodiscard]] Result<std::shared_ptr<AsioTlsClient>> make_tls_client(
    const TlsClientSettings& settings);

class AsioStream {
 public:
  using tcp = boost::asio::ip::tcp;
  using Connected = std::function<void(boost::system::error_code)>;
  using Transferred = std::function<void(boost::system::error_code, std::size_t)>;

  virtual ~AsioStream() = default;

  /// Connects and, with TLS, shakes hands and checks the certificate against `host`.
  virtual void connect(const tcp::endpoint& to, Connected done) = 0;
  /// One reading and one writing may be under way at a time. The end of the stream is
  /// asio::error::eof, with TLS also when the peer left without saying so.
  virtual void read_some(std::span<std::uint8_t> bytes, Transferred done) = 0;
  virtual void write_some(Bytes bytes, Transferred done) = 0;
  /// Bytes written that the peer's TCP has not acknowledged; with TLS its records count.
  [[nodiscard]] virtual std::size_t undelivered() = 0;
  /// Ends the connection in order, in the background; nothing else may be under way.
  virtual void close() = 0;
  /// Resets the connection; what is under way ends with operation_aborted.
  virtual void drop() = 0;
  /// Why connect() failed, as an error for people.
  [[nodiscard]] virtual Error connect_error(boost::system::error_code error) const = 0;
};

/// `tls` empty: plain TCP. `host` is the name or address that the certificate must be for.
[[nodiscard]] std::shared_ptr<AsioStream> make_stream(boost::asio::io_context& context,
                                                      const std::shared_ptr<AsioTlsClient>& tls,
                                                      const std::string& host);

}  // namespace otatool::http
