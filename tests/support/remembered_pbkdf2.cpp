// Replaces OpenSSL's PBKDF2 in the programs that link `simulation` (linker option --wrap): computes
// each key once. A script is replayed hundreds of times with the same password, nonces and cnonce,
// and 10,000 rounds take milliseconds. The session and the stock device still call it separately.
#include <cstring>
#include <map>
#include <string>
#include <tuple>

#include <openssl/evp.h>

extern "C" {

// The names are the linker's.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
int __real_PKCS5_PBKDF2_HMAC(const char* password,
                             int password_size,
                             const unsigned char* salt,
                             int salt_size,
                             int rounds,
                             const EVP_MD* digest,
                             int key_size,
                             unsigned char* key);

int __wrap_PKCS5_PBKDF2_HMAC(const char* password,
                             int password_size,
                             const unsigned char* salt,
                             int salt_size,
                             int rounds,
                             const EVP_MD* digest,
                             int key_size,
                             unsigned char* key) {
  static std::map<std::tuple<std::string, std::string, int, const EVP_MD*, int>, std::string> keys;
  const auto known =
      keys.try_emplace({std::string(password, static_cast<std::size_t>(password_size)),
                        std::string(reinterpret_cast<const char*>(salt),
                                    static_cast<std::size_t>(salt_size)),
                        rounds,
                        digest,
                        key_size})
          .first;
  if (known->second.empty()) {
    if (__real_PKCS5_PBKDF2_HMAC(
            password, password_size, salt, salt_size, rounds, digest, key_size, key) != 1) {
      return 0;
    }
    known->second.assign(reinterpret_cast<const char*>(key), static_cast<std::size_t>(key_size));
  }
  std::memcpy(key, known->second.data(), known->second.size());
  return 1;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

}  // extern "C"
