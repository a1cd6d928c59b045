// Signatures that are cheap to make and to verify, for tests of the updater.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "otatool/wire/image_trailer.hpp"

#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware::testing {

/// The "signature" is the repeated digest, with a different number added each time.
inline std::vector<std::uint8_t> toy_signature(const std::uint8_t* digest, std::uint32_t length) {
  std::vector<std::uint8_t> signature(length);
  for (std::uint32_t i = 0; i < length; ++i) {
    signature[i] = static_cast<std::uint8_t>(digest[i % Sha256::kDigestLength] + i);
  }
  return signature;
}

class ToyVerifier final : public SignatureVerifier {
 public:
  std::uint32_t signature_length() const override { return length; }
  UpdateError verify(const std::uint8_t* digest, const std::uint8_t* signature) override {
    if (out_of_memory) {
      return UpdateError::OutOfMemory;
    }
    return std::equal(signature, signature + length, toy_signature(digest, length).begin())
               ? UpdateError::None
               : UpdateError::SignatureWrong;
  }
  std::uint32_t length = 256;
  bool out_of_memory = false;
};

/// `payload` with its signature and the length field.
inline std::vector<std::uint8_t> sign(const std::vector<std::uint8_t>& payload,
                                      std::uint32_t length = 256) {
  SoftwareSha256 sha256;
  std::uint8_t digest[Sha256::kDigestLength];
  sha256.update(payload.data(), payload.size());
  sha256.finish(digest);
  std::vector<std::uint8_t> file = payload;
  const std::vector<std::uint8_t> signature = toy_signature(digest, length);
  file.insert(file.end(), signature.begin(), signature.end());
  file.resize(file.size() + wire::kTrailerLengthSize);
  wire::write_trailer_length(length, file.data() + file.size() - wire::kTrailerLengthSize);
  return file;
}

}  // namespace otatool::firmware::testing
