// The update server on sockets: connections, TLS, limits, and the end. What is answered comes from
// a Site; what happened is told to an observer. Prints nothing and opens no file.
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
  /// Bytes of request line and fields.
  std::size_t largest_head = 8192;
  /// For a whole request head, from its first byte (of the connection's first request: from the
  /// connection on, TLS handshake included).
  std::chrono::milliseconds head_time{10'000};
  /// For the first byte of a further request.
  std::chrono::milliseconds idle_time{30'000};
  /// Without a byte that the client takes.
  std::chrono::milliseconds stall_time{30'000};
  /// What running answers get when the server is told to stop.
  std::chrono::milliseconds grace_time{10'000};
};

class ServerObserver {
 public:
  virtual ~ServerObserver() = default;
  /// An image is about to be sent; sizes and times of the record are not known yet.
  virtual void on_download_started(const RequestRecord& record) = 0;
  virtual void on_request(const RequestRecord& record) = 0;
  /// Several times a second, with the number of open connections.
  virtual void on_tick(std::size_t connections) = 0;
  virtual void on_refused_connection() = 0;
  /// SIGHUP came.
  virtual void on_hangup() = 0;
  /// The server was told to stop and lets `downloads` answers end.
  virtual void on_stopping(std::size_t downloads) = 0;
};

class Server {
 public:
  /// Both must outlive the server.
  Server(Site& site, ServerObserver& observer);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Binds and listens, and returns the port; SIGINT, SIGTERM and SIGHUP wait for run() from then
  /// on. Usage (address), ListenFailed, KeyUnusable (TLS).
  [[nodiscard]] Result<std::uint16_t> listen(const ServerOptions& options);

  /// Serves until stop(), SIGINT or SIGTERM. Then nobody new is let in, connections without a whole
  /// request are closed, running answers may end within the grace time (a second signal ends it at
  /// once), and every connection is closed.
  void run();
  void stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
