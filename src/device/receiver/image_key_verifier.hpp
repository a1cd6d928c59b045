// Adapts ImageKey to firmware/core's SignatureVerifier. Has no cryptography.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "otatool/device/virtual_device.hpp"

#include "firmware/core/port.hpp"

namespace otatool::device {

class ImageKeyVerifier final : public firmware::SignatureVerifier {
 public:
  explicit ImageKeyVerifier(ImageKey key) : key_(std::move(key)) {}

  [[nodiscard]] std::uint32_t signature_length() const override { return key_.signature_size; }
  firmware::UpdateError verify(const std::uint8_t* digest, const std::uint8_t* signature) override {
    return key_.verify(std::span(digest, firmware::Sha256::kDigestLength),
                       std::span(signature, key_.signature_size))
               ? firmware::UpdateError::None
               : firmware::UpdateError::SignatureWrong;
  }

 private:
  ImageKey key_;
};

}  // namespace otatool::device
