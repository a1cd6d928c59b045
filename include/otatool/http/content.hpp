// The bytes of a file in sealed, mapped memory: constant, sendable by sendfile(2), readable as one
// span. Opens no file.
#pragma once

#include <memory>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

class Content {
 public:
  /// A copy of `bytes`. Internal if there is no memory for it.
  [[nodiscard]] static Result<std::shared_ptr<const Content>> copy_of(Bytes bytes);

  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  ~Content();

  [[nodiscard]] Bytes bytes() const { return bytes_; }
  /// A sealed memory file with these bytes, closed by the destructor.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  Content(int descriptor, Bytes bytes) : descriptor_(descriptor), bytes_(bytes) {}

  int descriptor_;
  Bytes bytes_;
};

}  // namespace otatool::http
