// Parses one HTTP request incrementally with Beast; the body goes to a sink. No sockets. Used by
// the upload page of the virtual device; `serve` has its own parser.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

class RequestReader {
 public:
  using BodySink = std::function<void(Bytes)>;

  /// The sink may use the reader's header.
  explicit RequestReader(BodySink sink);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;
  ~RequestReader();

  /// Parses the next bytes. DeviceRefused if they are not HTTP or the header exceeds 8 KiB.
  [[nodiscard]] Result<void> feed(Bytes bytes);

  [[nodiscard]] bool has_header() const;
  [[nodiscard]] bool complete() const;

  // Valid if has_header().
  [[nodiscard]] std::string method() const;
  [[nodiscard]] std::string target() const;
  /// The value of a field; empty if missing.
  [[nodiscard]] std::string field(std::string_view name) const;
  /// Nothing if missing or with chunks.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
