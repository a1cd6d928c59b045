// One connection of the update server: reads requests with Beast's parser, has the Site answer them
// and sees to it that each becomes one record, however it ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "otatool/http/server.hpp"

#include "http/server/beast_stream.hpp"

namespace otatool::http {

/// What all connections of a server share.
struct Serving {
  Site& site;
  ServerObserver& observer;
  const ServerOptions& options;
  bool stopping = false;
};

/// A request whose end is not known yet.
struct Underway {
  RequestRecord record;
  std::chrono::steady_clock::time_point started;
  std::uint64_t end = 0;  ///< of its answer, in the bytes that the stream has written
};

class Connection {
 public:
  Connection(Serving& serving, std::string client);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] Deadline& deadline() { return deadline_; }
  void use(std::unique_ptr<Stream> stream) { stream_ = std::move(stream); }

  /// Serves until the connection ends.
  boost::asio::awaitable<void> serve();
  /// Refuses to serve, with a reason.
  boost::asio::awaitable<void> turn_away();

  /// Called several times a second: ends what has used up its time, records what has arrived.
  void on_tick(std::chrono::steady_clock::time_point now);
  /// Whether no whole request came that is still being answered; such a connection need not be
  /// waited for.
  [[nodiscard]] bool idle() const {
    return (phase_ == Phase::Waiting || phase_ == Phase::Reading) && !current_ && sent_.empty();
  }
  [[nodiscard]] bool sending() const { return phase_ == Phase::Answering; }
  /// Ends it with a reset.
  void break_off();
  /// Ends a connection on which nothing is under way.
  void close();

 private:
  enum class Phase { Waiting, Reading, Answering, Ending };
  enum class Head { Complete, Gone, TooLarge, Malformed, WithBody };
  class Parser;

  boost::asio::awaitable<Head> read_head(Parser& parser);
  boost::asio::awaitable<bool> respond(Parser& parser);
  boost::asio::awaitable<bool> send(const Answer& answer, bool http11, bool keep_alive);
  boost::asio::awaitable<void> refuse(Head head);
  boost::asio::awaitable<void> end();
  void begin_record(const Answer& answer, std::string_view method);
  /// The answer to the current request was given away, or could not be.
  void end_answer(bool sent, bool wait_for_delivery);
  void report(Underway& request, bool complete);
  /// Reports what has arrived.
  void report_delivered();
  /// Reports everything that there is, since nothing more can be learned.
  void report_all(bool delivered);

  Serving& serving_;
  std::string client_;
  Deadline deadline_;
  std::unique_ptr<Stream> stream_;
  Phase phase_ = Phase::Reading;
  std::string input_;  ///< received and not yet parsed
  std::chrono::steady_clock::time_point started_{};
  std::optional<Underway> current_;  ///< being answered
  std::vector<Underway> sent_;       ///< not known yet to have arrived; several if pipelined
  bool delivered_ = false;           ///< everything, and all that is missing is the client's end
};

}  // namespace otatool::http
