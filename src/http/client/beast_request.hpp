// Reads one request of a browser from bytes of any split; the body goes to a sink as it comes. The
// parser is Beast's. No sockets. For the small server of a device; `serve` has its own.
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

  /// The sink may ask the reader for the header.
  explicit RequestReader(BodySink sink);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;
  ~RequestReader();

  /// Takes the next bytes. DeviceRefused when this is not HTTP, or its header exceeds 8 KiB.
  [[nodiscard]] Result<void> feed(Bytes bytes);

  [[nodiscard]] bool has_header() const;
  [[nodiscard]] bool complete() const;

  // Of the header, once it is there.
  [[nodiscard]] std::string method() const;
  [[nodiscard]] std::string target() const;
  /// The value of a field, empty if it was not sent.
  [[nodiscard]] std::string field(std::string_view name) const;
  /// Nothing when none was sent, or with chunks.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::http
