// A package format that is not gzip but for its first bytes, with an unpacker to match: magic,
// length, content. The image room never unpacks, so its tests need no real compression.
#pragma once

#include <cstring>

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {

inline support::Blob fake_package(const support::Blob& content) {
  support::Blob package = {0x1F, 0x8B};
  support::append_u32(package, static_cast<std::uint32_t>(content.size()));
  support::append(package, content);
  return package;
}

inline Unpacked unpack_fake(Bytes package) {
  constexpr std::size_t kHead = 6;
  Unpacked unpacked;
  std::uint32_t size = 0;
  if (package.size() >= kHead) {
    std::memcpy(&size, package.data() + 2, sizeof(size));
  }
  if (package.size() < kHead + size) {
    unpacked.facts.fault = PackageFault{"truncated", "the package is cut short"};
    return unpacked;
  }
  unpacked.facts.member_size = kHead + size;
  unpacked.facts.inflated_size = size;
  const Bytes content = package.subspan(kHead, size);
  unpacked.content.assign(content.begin(), content.end());
  if (package.size() > unpacked.facts.member_size) {
    unpacked.facts.fault = PackageFault{"bytes-behind-trailer", "bytes follow the package"};
  }
  return unpacked;
}

inline Examined examine_package(const support::Blob& bytes) {
  return examine(bytes, support::sha256_hex, unpack_fake);
}

}  // namespace otatool::image
