// The update server on sockets: connections, TLS, limits, shutdown. A Site makes the responses, and
// events go to an observer. Prints nothing and opens no file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "otatool/http/operations.hpp"
#include "otatool/http/site.hpp"
#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

struct ServerOptions {
  std::string address = "0.0.0.0";  ///< IPv4 or IPv6 literal
  std::uint16_t port = 0;           ///< 0: any
  std::optional<TlsServerSettings> tls;
  std::size_t most_connections = 4096;
  /// Bytes of request line and header fields.
  std::size_t largest_head = 8192;
  /// For a whole request head: from the start of the connection, TLS handshake included, or from
  /// the first byte of a later request.
  std::chrono::milliseconds head_time{10'000};
  /// For the first byte of a later request.
  std::chrono::milliseconds idle_time{30'000};
  /// Without a byte that the client acknowledges.
  std::chrono::milliseconds stall_time{30'000};
  /// For running responses when the server stops.
  std::chrono::milliseconds grace_time{10'000};
};

class ServerObserver {
 public:
  virtual ~ServerObserver() = default;
  /// An image is about to be sent; the record has no sizes and times yet.
  virtual void on_download_started(const RequestRecord& record) = 0;
  virtual void on_request(const RequestRecord& record) = 0;
  /// Several times a second, with the number of open connections.
  virtual void on_tick(std::size_t connections) = 0;
  virtual void on_refused_connection() = 0;
  /// SIGHUP was received.
  virtual void on_hangup() = 0;
  /// The server stops and waits for `downloads` running responses.
  virtual void on_stopping(std::size_t downloads) = 0;
};

class Server {
 public:
  /// `site` and `observer` must outlive the server.
  Server(Site& site, ServerObserver& observer);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Listens and returns the port. From then on SIGINT, SIGTERM and SIGHUP are kept for run().
  /// Usage (address), ListenFailed, KeyUnusable (TLS).
  [[nodiscard]] Result<std::uint16_t> listen(const ServerOptions& options);

  /// Serves until stop(), SIGINT or SIGTERM. Then the server accepts no connection, closes those
  /// without a complete request, and lets running responses finish within the grace time. A second
  /// signal ends them at once.
  void run();
  void stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
