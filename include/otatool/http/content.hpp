// Bytes of a file, taken once and never changed: in memory that the kernel can send from and that
// can be read as one piece. Opens no file.
#pragma once

#include <memory>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

class Content {
 public:
  /// A copy of `bytes`. Internal when the system has no memory for it.
  [[nodiscard]] static Result<std::shared_ptr<const Content>> copy_of(Bytes bytes);

  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  ~Content();

  [[nodiscard]] Bytes bytes() const { return bytes_; }
  /// An open file of these bytes, sealed against every change; it is closed with this object.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  Content(int descriptor, Bytes bytes) : descriptor_(descriptor), bytes_(bytes) {}

  int descriptor_;
  Bytes bytes_;
};

}  // namespace otatool::http
