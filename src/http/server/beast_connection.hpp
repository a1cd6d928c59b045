// One connection of the update server: parses requests with Beast, gets responses from the Site,
// and reports each request once, however it ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/http/server.hpp"

#include "http/server/asio_client_address.hpp"
#include "http/server/asio_login_gate.hpp"
#include "http/server/beast_stream.hpp"
#include "http/server/page_memory.hpp"

namespace otatool::http {

/// State shared by all connections of a server.
struct Serving {
  Site& site;
  ServerObserver& observer;
  const ServerOptions& options;
  LoginGate& logins;
  const ProxyList& proxies;
  PageMemory pages{};
  bool stopping = false;
};

/// A request that has not been reported yet.
struct PendingRequest {
  RequestRecord record;
  std::chrono::steady_clock::time_point started;
  std::uint64_t end = 0;  ///< Stream::written() after the response
};

class Connection {
 public:
  Connection(Serving& serving, const boost::asio::ip::address& peer, Entrance entrance);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] Deadline& deadline() { return deadline_; }
  void use(std::unique_ptr<Stream> stream) { stream_ = std::move(stream); }

  /// Serves until the connection ends.
  boost::asio::awaitable<void> serve();
  /// Responds with 503 because the server has too many connections.
  boost::asio::awaitable<void> refuse_service();

  /// Called several times a second: ends an overdue connection and reports delivered responses.
  void on_tick(std::chrono::steady_clock::time_point now);
  /// Whether no complete request is pending, so that the connection can be closed.
  [[nodiscard]] bool idle() const {
    return (phase_ == Phase::Waiting || phase_ == Phase::Reading) && !current_ && sent_.empty();
  }
  [[nodiscard]] bool sending() const { return phase_ == Phase::Responding; }
  /// Ends events.
  void stop_events();
  /// Resets the connection.
  void break_off();
  /// Closes an idle connection.
  void close();

 private:
  enum class Phase { Waiting, Reading, Responding, Streaming, Ending };
  enum class Head { Complete, Gone, TooLarge, TargetTooLong, Malformed, UncertainLength, WithBody };
  class Parser;

  /// Reads the PROXY header of a trusted proxy, if any, and performs the TLS handshake.
  boost::asio::awaitable<bool> open();
  boost::asio::awaitable<Head> read_head(Parser& parser);
  boost::asio::awaitable<bool> respond(Parser& parser);
  /// Receives the body of a form; nothing if it is too long, or the client is gone.
  boost::asio::awaitable<std::optional<std::string>> read_form(Parser& parser);
  boost::asio::awaitable<LoginResult> log_in(const Request& request);
  /// Appends a text piece by piece; other connections get a turn in between. False if there is no
  /// room for it.
  boost::asio::awaitable<bool> make(TextPieces& pieces,
                                    std::string& text,
                                    PageMemory::Share& share);
  /// Makes the text of the response, or turns it into 503.
  boost::asio::awaitable<void> make(Response& response, PageMemory::Share& share);
  /// Sends the events of the response until one side ends the connection.
  boost::asio::awaitable<void> send_events(const Response& response, bool http11);
  boost::asio::awaitable<void> pause(std::chrono::steady_clock::duration time);
  /// Whether the client has closed its sending direction or the connection.
  [[nodiscard]] bool is_abandoned();
  boost::asio::awaitable<bool> send(const Response& response, bool http11, bool keep_alive);
  boost::asio::awaitable<void> refuse(Head head);
  boost::asio::awaitable<void> end();
  void begin_record(const Response& response, std::string_view method);
  /// The response was passed to the kernel (`sent`), or sending failed.
  void end_response(bool sent, bool wait_for_delivery);
  void report(PendingRequest& request, bool complete);
  /// Reports the requests whose response was acknowledged.
  void report_delivered();
  /// Reports all pending requests.
  void report_all(bool delivered);

  Serving& serving_;
  boost::asio::ip::address peer_;
  Entrance entrance_;
  ClientAddress client_;  ///< of the current request
  Deadline deadline_;
  std::unique_ptr<Stream> stream_;
  Phase phase_ = Phase::Reading;
  boost::asio::steady_timer pause_;
  std::string input_;  ///< received, not yet parsed
  std::chrono::steady_clock::time_point started_{};
  std::optional<PendingRequest> current_;  ///< response in progress
  std::vector<PendingRequest> sent_;       ///< response not acknowledged; several if pipelined
  bool client_closes_ = false;             ///< the client sends nothing after its last request
  bool delivered_ = false;  ///< everything is acknowledged; waiting for the client to close
};

}  // namespace otatool::http
