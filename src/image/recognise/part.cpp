#include "image/recognise/part.hpp"

#include <optional>

#include "image/recognise/checksums.hpp"
#include "image/recognise/little_endian.hpp"

namespace otatool::image {
namespace {

constexpr std::uint8_t kMostSegments = 16;
constexpr std::uint64_t kSegmentHeaderSize = 8;
constexpr std::uint64_t kAddressSpace = std::uint64_t{1} << 32U;

std::uint64_t end_address(const Segment& segment) {
  return std::uint64_t{segment.address} + segment.size;
}

bool overlap(const Segment& one, const Segment& other) {
  return one.memory != Memory::Padding && other.memory != Memory::Padding &&
         one.address < end_address(other) && other.address < end_address(one) && one.size != 0 &&
         other.size != 0;
}

bool any_overlap(const std::vector<Segment>& segments) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (std::size_t j = i + 1; j < segments.size(); ++j) {
      if (overlap(segments[i], segments[j])) {
        return true;
      }
    }
  }
  return false;
}

bool any_overflow(const std::vector<Segment>& segments) {
  for (const Segment& segment : segments) {
    if (end_address(segment) > kAddressSpace) {
      return true;
    }
  }
  return false;
}

/// Reads up to `count` segments and returns their end, or nothing if the file ends before it.
std::optional<std::uint64_t> read_segments(Bytes file,
                                           const PartPlace& place,
                                           unsigned count,
                                           std::vector<Segment>& segments) {
  std::uint64_t position = place.first_segment;
  for (unsigned i = 0; i < count; ++i) {
    const auto address = u32_at(file, position);
    const auto size = u32_at(file, position + 4);
    if (!address || !size) {
      return std::nullopt;
    }
    position += kSegmentHeaderSize;
    segments.push_back({position, *address, *size, memory_at(place.chip, *address)});
    position += *size;
    if (position > file.size()) {
      return std::nullopt;
    }
  }
  return position;
}

}  // namespace

Part read_part(Bytes file, const PartPlace& place) {
  Part part;
  part.role = place.role;
  part.offset = place.header;
  const auto header = slice(file, place.header, kHeaderSize);
  if (!header) {
    part.faults.push_back(Fault::Truncated);
    return part;
  }
  part.flash = read_flash_settings(place.chip, (*header)[2], (*header)[3]);
  part.entry = u32_at(*header, 4).value_or(0);
  const std::uint8_t count = (*header)[1];
  if (count == 0) {
    part.faults.push_back(Fault::NoSegments);
  }
  if (count > kMostSegments) {
    part.faults.push_back(Fault::TooManySegments);
  }
  const auto end = read_segments(file, place, std::min(count, kMostSegments), part.segments);
  if (any_overlap(part.segments)) {
    part.faults.push_back(Fault::SegmentsOverlap);
  }
  if (any_overflow(part.segments)) {
    part.faults.push_back(Fault::AddressOverflow);
  }
  if (count > kMostSegments) {
    return part;
  }
  if (!end || end_of_line(*end) > file.size()) {
    part.faults.push_back(Fault::Truncated);
    return part;
  }
  part.size = end_of_line(*end) - place.header;
  std::uint8_t sum = kXorSeed;
  for (const Segment& segment : part.segments) {
    sum = xor_sum(slice(file, segment.offset, segment.size).value_or(Bytes{}), sum);
  }
  part.checksum = Stored<std::uint8_t>{u8_at(file, end_of_line(*end) - 1).value_or(0), sum};
  return part;
}

}  // namespace otatool::image
