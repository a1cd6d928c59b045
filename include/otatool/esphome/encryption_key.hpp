// The key of `ota: encryption: key:` in ESPHome: 32 secret bytes, overwritten on destruction.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::esphome {

class EncryptionKey {
 public:
  static constexpr std::size_t kSize = 32;
  using Array = std::array<std::uint8_t, kSize>;

  explicit EncryptionKey(const Array& bytes) : bytes_(bytes) {}
  EncryptionKey(const EncryptionKey&) = default;
  EncryptionKey& operator=(const EncryptionKey&) = default;
  ~EncryptionKey();

  /// From base64, as in YAML (esphome-ota.md 5). KeyUnusable if it is not that of 32 bytes; the
  /// message does not quote it.
  [[nodiscard]] static Result<EncryptionKey> parse(std::string_view base64);

  /// The secret; valid while this object exists.
  [[nodiscard]] const Array& reveal() const { return bytes_; }

 private:
  Array bytes_;
};

}  // namespace otatool::esphome
