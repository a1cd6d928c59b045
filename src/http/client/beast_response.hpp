// Reads one answer of a web server from bytes of any split; the body goes to a sink as it comes.
// The parser is Beast's. No sockets.
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
  /// Takes a piece of the body; false: no more of it is wanted.
  using BodySink = std::function<bool(Bytes)>;

  explicit ResponseReader(BodySink sink);
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;
  ~ResponseReader();

  /// Takes the next bytes; what lies behind the answer is left alone. Answers of status 1xx are
  /// skipped. DeviceRefused when this is not HTTP, or its header exceeds 8 KiB.
  [[nodiscard]] Result<void> feed(Bytes bytes);
  /// The peer closed. ConnectionClosed when something is missing.
  [[nodiscard]] Result<void> end();

  [[nodiscard]] bool has_header() const;
  /// All of it is there.
  [[nodiscard]] bool complete() const;

  // Of the header, once it is there.
  [[nodiscard]] unsigned status() const;
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;
  [[nodiscard]] bool chunked() const;
  /// The fields in their order, valid as long as the reader is.
  [[nodiscard]] std::vector<HeaderField> fields() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
