#include "tests/golden/signing/stock_verifier.hpp"

#include <algorithm>
#include <array>
#include <bearssl.h>
#include <stdexcept>
#include <string>

namespace otatool::testing {

DeviceKey device_key(std::string_view key_name) {
  const ScratchFolder scratch;
  const std::string key = "'" + key_path(key_name).string() + "'";
  const std::string modulus = scratch.output_of("openssl rsa -in " + key + " -modulus -noout");
  constexpr std::string_view kPrefix = "Modulus=";
  const std::string text = scratch.output_of("openssl rsa -in " + key + " -text -noout");
  if (!modulus.starts_with(kPrefix) ||
      text.find("publicExponent: 65537 (0x10001)") == std::string::npos) {
    throw std::runtime_error("openssl does not show the numbers of " + key);
  }
  DeviceKey numbers{.modulus = {}, .exponent = {0x01, 0x00, 0x01}};
  for (std::size_t at = kPrefix.size(); at + 1 < modulus.size(); at += 2) {
    numbers.modulus.push_back(
        static_cast<std::uint8_t>(std::stoul(modulus.substr(at, 2), nullptr, 16)));
  }
  return numbers;
}

bool device_accepts(Bytes file, const DeviceKey& key, Core core, Arithmetic arithmetic) {
  if (file.size() < 4) {
    return false;
  }
  const Bytes field = file.last(4);
  const std::size_t said = std::size_t{field[0]} | (std::size_t{field[1]} << 8U) |
                           (std::size_t{field[2]} << 16U) | (std::size_t{field[3]} << 24U);
  if (said != key.modulus.size() || file.size() < said + 4) {
    return false;
  }
  const Bytes payload = file.first(file.size() - said - 4);
  const Bytes signature = file.subspan(payload.size(), said);

  br_sha256_context hash_context;
  br_sha256_init(&hash_context);
  br_sha256_update(&hash_context, payload.data(), payload.size());
  std::array<unsigned char, br_sha256_SIZE> hash{};
  br_sha256_out(&hash_context, hash.data());

  Buffer modulus = key.modulus;
  Buffer exponent = key.exponent;
  const br_rsa_public_key numbers{modulus.data(), modulus.size(), exponent.data(), exponent.size()};
  const unsigned char* const oid = BR_HASH_OID_SHA256;
  const auto verify = arithmetic == Arithmetic::I15 ? br_rsa_i15_pkcs1_vrfy : br_rsa_i31_pkcs1_vrfy;
  std::array<unsigned char, br_sha256_SIZE> signed_hash{};
  return verify(signature.data(),
                signature.size(),
                core == Core::V260 ? oid : nullptr,
                signed_hash.size(),
                &numbers,
                signed_hash.data()) == 1 &&
         signed_hash == hash;
}

}  // namespace otatool::testing
