#include "otatool/http/wled_block.hpp"

#include <algorithm>

#include "http/families/identity_text.hpp"

namespace otatool::http {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {0x53, 0x54, 0x53, 0x57};
constexpr std::array<std::size_t, 2> kStarts = {256, 0x1000};
constexpr std::size_t kSearched = 512;
constexpr std::size_t kTextSize = 48;
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kReleaseAt = kVersionAt + kTextSize;
constexpr std::size_t kHashAt = kReleaseAt + kTextSize;
constexpr std::size_t kOldestAt = kHashAt + 4;
constexpr std::size_t kBlockSize = kOldestAt + 3;
/// From this structure version on the block has the oldest version.
constexpr std::uint32_t kWithOldest = 2;
constexpr std::string_view kIgnoredEnd = "_V4";

std::uint32_t word_at(Bytes block, std::size_t at) {
  return std::uint32_t{block[at]} | std::uint32_t{block[at + 1]} << 8U |
         std::uint32_t{block[at + 2]} << 16U | std::uint32_t{block[at + 3]} << 24U;
}

std::string_view text_at(Bytes block, std::size_t at) {
  const std::string_view field = as_text(block.subspan(at, kTextSize));
  return field.substr(0, field.find('\0'));
}

std::uint32_t djb2(std::string_view text) {
  std::uint32_t hash = 5381;
  for (const char letter : text) {
    hash = hash * 33U + static_cast<unsigned char>(letter);
  }
  return hash;
}

/// `block` begins with the magic bytes and has the size of a block.
std::optional<WledBlock> read_block(Bytes block) {
  const std::uint32_t structure = word_at(block, kMagic.size());
  const std::string_view release = text_at(block, kReleaseAt);
  if (structure == 0 || release.empty() || word_at(block, kHashAt) != djb2(release)) {
    return std::nullopt;
  }
  WledBlock read{.version = identity_text(text_at(block, kVersionAt)),
                 .release = identity_text(release),
                 .oldest_version = std::nullopt};
  if (structure >= kWithOldest) {
    read.oldest_version = {block[kOldestAt], block[kOldestAt + 1], block[kOldestAt + 2]};
  }
  return read;
}

std::optional<WledBlock> search(Bytes area) {
  std::size_t window = kSearched;
  for (;;) {
    const Bytes searched = area.first(std::min(area.size(), window));
    const auto found = std::search(searched.begin(), searched.end(), kMagic.begin(), kMagic.end());
    const auto before = static_cast<std::size_t>(found - searched.begin());
    area = area.subspan(before);
    if (found == searched.end() || area.size() < kBlockSize) {
      return std::nullopt;
    }
    if (auto block = read_block(area.first(kBlockSize))) {
      return block;
    }
    area = area.subspan(1);
    window -= before + 1;
  }
}

}  // namespace

std::optional<WledBlock> read_wled_block(Bytes image) {
  for (const std::size_t start : kStarts) {
    if (start >= image.size()) {
      continue;
    }
    if (auto block = search(image.subspan(start))) {
      return block;
    }
  }
  return std::nullopt;
}

bool same_wled_release(std::string_view left, std::string_view right) {
  const auto shortened = [](std::string_view name) {
    return name.ends_with(kIgnoredEnd) ? name.substr(0, name.size() - kIgnoredEnd.size()) : name;
  };
  return shortened(left) == shortened(right);
}

}  // namespace otatool::http
