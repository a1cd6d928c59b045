// MD5 (RFC 1321), fed in pieces of any size. For protocols that require it; MD5 is not secure.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::firmware {

class Md5 {
 public:
  static constexpr size_t kDigestLength = 16;

  Md5() { begin(); }
  void begin();
  void update(const void* bytes, size_t length);
  /// Writes kDigestLength bytes. Call begin() before the next message.
  void finish(uint8_t* digest);

 private:
  void transform(const uint8_t* block);

  uint32_t state_[4];
  uint64_t length_;
  uint8_t block_[64];
};

}  // namespace otatool::firmware
