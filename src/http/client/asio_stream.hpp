// A client's TCP connection, plain or TLS. No HTTP, no time limits.
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
#include "otatool/delivery/local_end.hpp"
#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

/// State shared by all TLS connections with the same settings.
class AsioTlsClient {
 public:
  virtual ~AsioTlsClient() = default;
};

/// TLS 1.2 or newer. KeyUnusable for invalid certificates or keys.
[[nodiscard]] Result<std::shared_ptr<AsioTlsClient>> make_tls_client(
    const TlsClientSettings& settings);

class AsioStream {
 public:
  using tcp = boost::asio::ip::tcp;
  using Connected = std::function<void(boost::system::error_code)>;
  using Transferred = std::function<void(boost::system::error_code, std::size_t)>;

  virtual ~AsioStream() = default;

  /// Connects; with TLS also performs the handshake and checks the certificate for `host`.
  virtual void connect(const tcp::endpoint& to, Connected done) = 0;
  /// To be called before connect(); see delivery::open_towards for `segment_size`.
  virtual void prepare(delivery::LocalEnd local, int segment_size) = 0;
  /// One read and one write may run at a time. The end of the stream is asio::error::eof, with TLS
  /// also without close_notify.
  virtual void read_some(std::span<std::uint8_t> bytes, Transferred done) = 0;
  virtual void write_some(Bytes bytes, Transferred done) = 0;
  /// Written bytes that the peer's TCP has not acknowledged, with those of TLS.
  [[nodiscard]] virtual std::size_t undelivered() = 0;
  /// Closes the connection in the background; no other operation may run.
  virtual void close() = 0;
  /// Resets the connection; running operations end with operation_aborted.
  virtual void drop() = 0;
  /// The error for a failed connect().
  [[nodiscard]] virtual Error connect_error(boost::system::error_code error) const = 0;
};

/// Plain TCP if `tls` is null. The certificate must be valid for `host`, a name or an address.
[[nodiscard]] std::shared_ptr<AsioStream> make_stream(boost::asio::io_context& context,
                                                      const std::shared_ptr<AsioTlsClient>& tls,
                                                      const std::string& host);

}  // namespace otatool::http
