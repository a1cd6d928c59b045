// The update server on sockets: connections, TLS, limits, shutdown. A Site makes the responses, and
// events go to an observer. Prints nothing and opens no file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otatool/http/operations.hpp"
#include "otatool/http/site.hpp"
#include "otatool/http/tls_resumption.hpp"
#include "otatool/http/tls_settings.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

struct ListenAddress {
  std::string address = "0.0.0.0";  ///< IPv4 or IPv6 literal
  std::uint16_t port = 0;           ///< 0: any
};

struct ServerOptions {
  ListenAddress updates;
  std::optional<ListenAddress> status;  ///< the entrance Status, with the same TLS
  std::optional<TlsServerSettings> tls;
  TlsResumption* resumption = nullptr;  ///< must outlive the server; not for client certificates
  std::size_t most_connections = 4096;
  std::size_t pinned_descriptors = 0;  ///< of files that stay open
  /// Of one address, unless it is this computer's or a trusted proxy's; 0: a sixteenth of all, but
  /// at least 16. The last quarter is for addresses that hold fewer than 4.
  std::size_t most_of_address = 0;
  /// Addresses and networks of proxies whose X-Forwarded-For and Forwarded are believed.
  std::vector<std::string> trusted_proxies;
  bool keep_texts = false;  ///< RequestRecord::texts is needed
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

/// How many descriptors the system allows, and what the server uses them for.
struct DescriptorShares {
  std::size_t limit = 0;        ///< of the process
  std::size_t connections = 0;  ///< connections at once; at most ServerOptions::most_connections
  std::size_t refused = 0;      ///< further connections, accepted only to respond with 503
  std::size_t files = 0;        ///< for files that the library keeps open
};

struct ServerPorts {
  std::uint16_t updates = 0;
  std::uint16_t status = 0;  ///< 0 without ServerOptions::status
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

/// What stopped a server: stop(), SIGINT or SIGTERM.
enum class ServerEnd { Stopped, Interrupted, Terminated };

class Server {
 public:
  /// `site` and `observer` must outlive the server.
  Server(Site& site, ServerObserver& observer);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Listens and returns the ports. Raises the process's limit of descriptors if that is needed for
  /// the connections. From then on SIGINT, SIGTERM and SIGHUP are kept for run().
  /// Usage (address), ListenFailed, KeyUnusable (TLS).
  [[nodiscard]] Result<ServerPorts> listen(const ServerOptions& options);

  /// Uses these settings for new connections; others end before their next request. KeyUnusable,
  /// and the old settings stay in use. Only for a server that listens with TLS, in the thread of
  /// run().
  [[nodiscard]] Result<void> renew_tls(const TlsServerSettings& settings);

  /// The users of the site changed: a password that was wrong may be right now.
  void on_users_renewed();

  /// What the limit of descriptors allows, after listen().
  [[nodiscard]] const DescriptorShares& shares() const;

  /// Serves until stop(), SIGINT or SIGTERM. Then the server accepts no connection, closes those
  /// without a complete request, and lets running responses finish within the grace time. A second
  /// signal ends them at once. Returns why it stopped.
  ServerEnd run();
  void stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
