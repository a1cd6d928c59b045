// Packages of common compressors, with several kinds of content.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <libdeflate.h>
#include <memory>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>
#include <zopfli/zopfli.h>

#include <gtest/gtest.h>

#include "tests/firmware/inflate/packages.hpp"

namespace otatool::firmware {
namespace {

using testing::Buffer;
using testing::pack_with_zlib;
using testing::unpack;
using testing::verify;
using testing::zlib_accepts;
using testing::ZlibSettings;

// Similar to machine code: few instructions, repeated at changing distances.
Buffer code_like(std::size_t size) {
  std::mt19937 random(7);
  Buffer bytes;
  while (bytes.size() < size) {
    const auto choice = random() % 8;
    if (choice < 5 || bytes.size() < 100) {
      bytes.push_back(static_cast<std::uint8_t>(random() % 16 * 7));
      bytes.push_back(static_cast<std::uint8_t>(random() % 64));
      bytes.push_back(static_cast<std::uint8_t>(random()));
    } else {
      const std::size_t distance = 1 + random() % std::min<std::size_t>(bytes.size(), 40000);
      for (auto left = 3 + random() % (choice == 7 ? 300 : 9); left > 0; --left) {
        bytes.push_back(bytes[bytes.size() - distance]);
      }
    }
  }
  bytes.resize(size);
  return bytes;
}

Buffer noise(std::size_t size) {
  std::mt19937 random(11);
  Buffer bytes(size);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(random());
  }
  return bytes;
}

// A repetition at exactly the window's size.
Buffer farthest() {
  Buffer bytes = noise(32768);
  bytes.insert(bytes.end(), bytes.begin(), bytes.begin() + 300);
  return bytes;
}

std::vector<Buffer> contents() {
  return {{}, {0x42}, code_like(70000), noise(20000), Buffer(150000, 0xFF), farthest()};
}

void expect_unpacks(const Buffer& package, const Buffer& content, const std::string& what) {
  ASSERT_FALSE(package.empty()) << what;
  for (const std::size_t piece : {1U, 7U, 512U, 4096U}) {
    const auto unpacked = unpack(package, piece);
    ASSERT_EQ(unpacked.result, InflateResult::Ok) << what << ", pieces of " << piece;
    ASSERT_EQ(unpacked.bytes, content) << what << ", pieces of " << piece;
  }
  ASSERT_EQ(verify(package), InflateResult::Ok) << what;
}

TEST(InflatePeers, ZlibAtEveryLevelAndStrategy) {
  for (const Buffer& content : contents()) {
    for (int level = 0; level <= 9; ++level) {
      expect_unpacks(pack_with_zlib(content, {level}), content, "level " + std::to_string(level));
    }
    for (const int strategy : {Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
      expect_unpacks(
          pack_with_zlib(content, {9, strategy}), content, "strategy " + std::to_string(strategy));
    }
  }
}

TEST(InflatePeers, ZlibWithFlushesAndSmallWindow) {
  for (const Buffer& content : contents()) {
    for (const int flush : {Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK}) {
      expect_unpacks(pack_with_zlib(content, {6, Z_DEFAULT_STRATEGY, 15, flush}),
                     content,
                     "flush " + std::to_string(flush));
    }
    for (int window_bits = 9; window_bits <= 15; ++window_bits) {
      expect_unpacks(pack_with_zlib(content, {9, Z_DEFAULT_STRATEGY, window_bits}),
                     content,
                     "window " + std::to_string(window_bits));
    }
  }
}

Buffer read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(InflatePeers, GzipProgram) {
  std::string pattern = ::testing::TempDir() + "inflate.XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  for (const Buffer& content : contents()) {
    std::ofstream(folder / "image.bin", std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()),
               static_cast<std::streamsize>(content.size()));
    for (const std::string options : {"-1", "-6", "-9", "-9n"}) {
      const std::string command =
          "gzip -k -f " + options + " '" + (folder / "image.bin").string() + "'";
      ASSERT_EQ(std::system(command.c_str()), 0);
      expect_unpacks(read_all(folder / "image.bin.gz"), content, "gzip " + options);
    }
  }
  std::filesystem::remove_all(folder);
}

TEST(InflatePeers, Libdeflate) {
  for (const Buffer& content : contents()) {
    for (int level = 0; level <= 12; ++level) {
      libdeflate_compressor* const compressor = libdeflate_alloc_compressor(level);
      Buffer package(libdeflate_gzip_compress_bound(compressor, content.size()));
      package.resize(libdeflate_gzip_compress(
          compressor, content.data(), content.size(), package.data(), package.size()));
      libdeflate_free_compressor(compressor);
      expect_unpacks(package, content, "libdeflate " + std::to_string(level));
    }
  }
}

TEST(InflatePeers, Zopfli) {
  for (const Buffer& content : {Buffer{}, Buffer{7}, code_like(9000), Buffer(5000, 0)}) {
    ZopfliOptions options;
    ZopfliInitOptions(&options);
    options.numiterations = 3;
    unsigned char* out = nullptr;
    std::size_t size = 0;
    ZopfliCompress(&options, ZOPFLI_FORMAT_GZIP, content.data(), content.size(), &out, &size);
    const Buffer package(out, out + size);
    std::free(out);
    expect_unpacks(package, content, "zopfli");
  }
}

// zlib and Inflater must accept and refuse the same damaged packages.
TEST(InflatePeers, AgreesWithZlibOnDamagedPackages) {
  std::mt19937 random(3);
  const Buffer content = code_like(600);
  unsigned accepted = 0;
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY}) {
    const Buffer package = pack_with_zlib(content, {9, strategy});
    for (int round = 0; round < 4000; ++round) {
      Buffer damaged = package;
      // Starts after the flags: zlib verifies a header CRC, Inflater skips it like eboot.
      const std::size_t at = 4 + random() % (damaged.size() - 4);
      damaged[at] = static_cast<std::uint8_t>(random());
      Buffer peer;
      const bool peer_accepts = zlib_accepts(damaged, peer);
      const auto unpacked = unpack(damaged, 512, 1000000);
      ASSERT_EQ(unpacked.result == InflateResult::Ok, peer_accepts) << at;
      if (peer_accepts) {
        ++accepted;
        ASSERT_EQ(unpacked.bytes, peer);
      }
    }
  }
  EXPECT_GT(accepted, 0U);
}

}  // namespace
}  // namespace otatool::firmware
