// Where the fields of a Secure Boot v2 block are (signing-gzip-images.md 4.2). All numbers are
// little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace otatool::signing {

inline constexpr std::uint8_t kSecureBootMagic = 0xE7;
inline constexpr std::uint8_t kSecureBootRsaVersion = 2;
inline constexpr std::uint8_t kSecureBootEcdsaVersion = 3;
inline constexpr std::size_t kSecureBootDigestOffset = 4;
inline constexpr std::size_t kSecureBootCrcOffset = 1196;

struct SecureBootRsaLayout {
  std::size_t modulus = 36;
  std::size_t exponent = 420;
  std::size_t square = 424;  ///< R^2 mod n, with R = 2^3072
  std::size_t word = 808;    ///< -n^-1 mod 2^32
  std::size_t signature = 812;
  std::size_t modulus_size = 384;
};
inline constexpr SecureBootRsaLayout kSecureBootRsa;

struct SecureBootCurve {
  std::uint8_t id;
  std::size_t id_offset;
  const char* group;  ///< OpenSSL's name
  std::string_view name;
  std::size_t number_size;
  std::size_t point_offset;
  std::size_t signature_offset;
};
inline constexpr std::array<SecureBootCurve, 3> kSecureBootCurves = {
    {{1, 36, "prime192v1", "EC P-192", 24, 37, 101},
     {2, 36, "prime256v1", "EC P-256", 32, 37, 101},
     {3, 52, "secp384r1", "EC P-384", 48, 53, 149}}};
inline constexpr const SecureBootCurve& kSecureBootP256 = kSecureBootCurves[1];

}  // namespace otatool::signing
