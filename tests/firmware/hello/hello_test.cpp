// What the sample computes, against OpenSSL.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "firmware/examples/hello/aes128.hpp"
#include "firmware/examples/hello/digest.hpp"
#include "firmware/examples/hello/self_test.hpp"

namespace otatool::hello {
namespace {

std::vector<std::uint8_t> message(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 3U));
  }
  return bytes;
}

std::vector<std::uint8_t> peer_digest(const EVP_MD* algorithm,
                                      const std::vector<std::uint8_t>& data) {
  std::vector<std::uint8_t> digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  EXPECT_EQ(EVP_Digest(data.data(), data.size(), digest.data(), &size, algorithm, nullptr), 1);
  digest.resize(size);
  return digest;
}

template <typename Digest>
std::vector<std::uint8_t> listed(const Digest& digest) {
  return {digest.bytes, digest.bytes + Digest::kBytes};
}

TEST(Hello, PassesItsOwnTest) {
  EXPECT_EQ(failed_exercise(), nullptr);
}

TEST(Hello, DigestsEveryLengthLikeOpenSsl) {
  for (std::size_t size = 0; size <= 300; ++size) {
    const auto data = message(size);
    ASSERT_EQ(listed(md5(data.data(), size)), peer_digest(EVP_md5(), data)) << size;
    ASSERT_EQ(listed(sha256(data.data(), size)), peer_digest(EVP_sha256(), data)) << size;
    ASSERT_EQ(listed(sha512(data.data(), size)), peer_digest(EVP_sha512(), data)) << size;
  }
}

TEST(Hello, EncryptsLikeOpenSslAndBack) {
  for (std::size_t seed = 0; seed < 64; ++seed) {
    const auto bytes = message(32 + seed);
    const std::uint8_t* const key = bytes.data() + seed;
    std::vector<std::uint8_t> block(bytes.begin(), bytes.begin() + 16);
    std::vector<std::uint8_t> expected(32);
    EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
    int size = 0;
    EXPECT_EQ(EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, key, nullptr), 1);
    EXPECT_EQ(EVP_EncryptUpdate(context, expected.data(), &size, block.data(), 16), 1);
    EVP_CIPHER_CTX_free(context);
    expected.resize(16);
    const Aes128 cipher(key);
    const auto plain = block;
    cipher.encrypt(block.data());
    ASSERT_EQ(block, expected) << seed;
    cipher.decrypt(block.data());
    ASSERT_EQ(block, plain) << seed;
  }
}

}  // namespace
}  // namespace otatool::hello
