// A client that sends what it is told byte by byte and reads what comes back, to a server on this
// computer. Knows just enough of HTTP to take an answer apart.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace otatool::test {

struct HttpReply {
  unsigned status = 0;
  std::string status_line;
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;
  bool closed = false;  ///< the server closed the connection behind it

  [[nodiscard]] std::string field(const std::string& lower_case_name) const;
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  void send(std::string_view bytes);
  /// One answer with its body; nothing if the connection ended or the time was over before that.
  [[nodiscard]] std::optional<HttpReply> read_reply(bool head_only = false);
  /// At most this many bytes, at least one; empty at the end.
  [[nodiscard]] std::string read_some(std::size_t most);
  /// Whether the server closes or resets the connection in that time.
  [[nodiscard]] bool is_closed_within(std::chrono::milliseconds time);
  /// Closes with a reset.
  void reset();
  /// The system takes no more than this of what nobody reads.
  void set_receive_buffer(int bytes) const;

 private:
  int socket_;
  std::string received_;
};

/// One request on a connection of its own.
[[nodiscard]] std::optional<HttpReply> fetch(std::uint16_t port, std::string_view request);

}  // namespace otatool::test
