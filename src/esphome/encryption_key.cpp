#include "otatool/esphome/encryption_key.hpp"

#include <algorithm>
#include <string.h>

#include "otatool/base64.hpp"

namespace otatool::esphome {

EncryptionKey::~EncryptionKey() {
  explicit_bzero(bytes_.data(), bytes_.size());
}

Result<EncryptionKey> EncryptionKey::parse(std::string_view base64) {
  auto decoded = from_base64(base64);
  if (!decoded || decoded->size() != kSize) {
    return fail(Errc::KeyUnusable, "the encryption key is not base64 of 32 bytes");
  }
  Array bytes;
  std::ranges::copy(*decoded, bytes.begin());
  explicit_bzero(decoded->data(), decoded->size());
  EncryptionKey key(bytes);
  explicit_bzero(bytes.data(), bytes.size());
  return key;
}

}  // namespace otatool::esphome
