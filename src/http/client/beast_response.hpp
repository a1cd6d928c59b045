// Parses one HTTP response incrementally with Beast; the body goes to a sink. No sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/http/header_field.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

class ResponseReader {
 public:
  /// Receives a piece of the body; returns false to stop reading.
  using BodySink = std::function<bool(Bytes)>;

  explicit ResponseReader(BodySink sink);
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;
  ~ResponseReader();

  /// Parses the next bytes; ignores bytes after the response, skips responses of status 1xx.
  /// DeviceRefused if the bytes are not HTTP, a header exceeds 8 KiB, or too many responses of
  /// status 1xx come.
  [[nodiscard]] Result<void> feed(Bytes bytes);
  /// The peer closed the connection. ConnectionClosed if the response is incomplete.
  [[nodiscard]] Result<void> end();

  [[nodiscard]] bool has_header() const;
  [[nodiscard]] bool complete() const;

  // Valid if has_header().
  [[nodiscard]] unsigned status() const;
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  [[nodiscard]] bool chunked() const;
  /// The fields in order; views into the reader.
  [[nodiscard]] std::vector<HeaderField> fields() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
