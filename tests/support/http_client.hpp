// HTTP client for servers on this computer: sends the given bytes unchanged and parses the answers.
// Supports only what the tests need of HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/patience.hpp"

namespace otatool::test {

struct HttpReply {
  unsigned status = 0;
  std::string status_line;
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;
  bool closed = false;  ///< the server closed the connection after the answer

  [[nodiscard]] std::string field(const std::string& lower_case_name) const;
};

class HttpClient {
 public:
  /// Connects from this address of the loopback interface.
  explicit HttpClient(std::uint16_t port, const std::string& from = "127.0.0.1");
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  void send(std::string_view bytes);
  /// Reads one answer with its body; nothing if the connection ends first or kPatience is over.
  [[nodiscard]] std::optional<HttpReply> read_reply(bool head_only = false);
  /// Reads between one and `most` bytes; empty at the end of the connection.
  [[nodiscard]] std::string read_some(std::size_t most);
  /// Waits until the server closes or resets the connection.
  [[nodiscard]] bool is_closed() { return is_closed_within(kPatience); }
  /// Returns false if the server sends something or keeps the connection open for that time.
  [[nodiscard]] bool is_closed_within(std::chrono::milliseconds time);
  /// Closes the connection with RST.
  void reset();
  /// Limits the receive buffer of the socket.
  void set_receive_buffer(int bytes) const;

 private:
  int socket_;
  std::string received_;
};

/// Sends one request on a new connection from this address of the loopback interface.
[[nodiscard]] std::optional<HttpReply> fetch(std::uint16_t port,
                                             std::string_view request,
                                             const std::string& from = "127.0.0.1");

}  // namespace otatool::test
