#include <algorithm>
#include <new>
#include <string>
#include <string_view>

#include <zlib.h>

#include "otatool/delta/patch.hpp"
#include "otatool/wire/delta_patch.hpp"
#include "otatool/wire/gzip_header.hpp"

#include "delta/header.hpp"
#include "delta/pieces.hpp"

namespace otatool::delta {
namespace {

using Buffer = std::vector<std::uint8_t>;

/// The window of zlib, as a power of two, for wire::kDeltaWindow.
constexpr int kWindowBits = 12;
static_assert(wire::kDeltaWindow == 1U << kWindowBits);
/// Added to the window bits: zlib then writes a gzip member.
constexpr int kGzipMember = 16;

void append_number(Buffer& out, std::uint32_t value) {
  constexpr std::uint32_t kMore = 0x80;
  for (; value >= kMore; value >>= 7U) {
    out.push_back(static_cast<std::uint8_t>(value | kMore));
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

/// Twice the distance for a move forward, one less than twice for a move back.
std::uint32_t move_number(std::size_t from, std::size_t to) {
  return static_cast<std::uint32_t>(to < from ? 2 * (from - to) - 1 : 2 * (to - from));
}

Buffer instructions(Bytes old_image, Bytes new_image) {
  Buffer out;
  out.reserve(new_image.size());
  std::size_t old_at = 0;
  std::size_t new_at = 0;
  for (const Piece& piece : find_pieces(old_image, new_image)) {
    const std::size_t from = piece.add == 0 ? old_at : piece.old_at;
    append_number(out, move_number(old_at, from));
    append_number(out, static_cast<std::uint32_t>(piece.add));
    append_number(out, static_cast<std::uint32_t>(piece.copy));
    for (std::size_t i = 0; i < piece.add; ++i) {
      out.push_back(static_cast<std::uint8_t>(new_image[new_at + i] - old_image[from + i]));
    }
    new_at += piece.add;
    const Bytes fresh = new_image.subspan(new_at, piece.copy);
    out.insert(out.end(), fresh.begin(), fresh.end());
    new_at += piece.copy;
    old_at = from + piece.add;
  }
  return out;
}

/// A gzip member whose references reach back at most wire::kDeltaWindow bytes.
Buffer pack(const Buffer& content) {
  constexpr int kLargestMemory = 9;
  z_stream stream{};
  if (deflateInit2(&stream,
                   Z_BEST_COMPRESSION,
                   Z_DEFLATED,
                   kWindowBits + kGzipMember,
                   kLargestMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  gz_header header{};
  header.os = wire::kGzipUnknownOs;
  deflateSetHeader(&stream, &header);
  Buffer member(deflateBound(&stream, static_cast<uLong>(content.size())));
  stream.next_in = content.data();
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = member.data();
  stream.avail_out = static_cast<uInt>(member.size());
  deflate(&stream, Z_FINISH);
  member.resize(stream.total_out);
  deflateEnd(&stream);
  return member;
}

void write_hex(const std::string& hex, std::uint8_t* out) {
  const auto bytes = from_hex(hex);
  std::ranges::copy(bytes.value_or(Buffer{}), out);
}

Result<void> check_size(Bytes image, std::string_view which) {
  if (image.empty()) {
    return fail(Errc::NotAnImage, "the " + std::string(which) + " image is empty");
  }
  if (image.size() > wire::kDeltaLargestImage) {
    return fail(Errc::DoesNotFit,
                "the " + std::string(which) + " image has " + std::to_string(image.size()) +
                    " bytes: the limit is " + std::to_string(wire::kDeltaLargestImage));
  }
  return {};
}

}  // namespace

Result<Buffer> make(Bytes old_image, Bytes new_image, const Digests& digests) {
  TRY_VOID(check_size(old_image, "old"));
  TRY_VOID(check_size(new_image, "new"));
  wire::DeltaHeader header{};
  header.old_size = static_cast<std::uint32_t>(old_image.size());
  header.new_size = static_cast<std::uint32_t>(new_image.size());
  write_hex(digests.sha256_hex(old_image), header.old_sha256);
  write_hex(digests.sha256_hex(new_image), header.new_sha256);
  Buffer patch(wire::kDeltaHeaderSize);
  wire::format_delta_header(header, patch.data());
  const Buffer member = pack(instructions(old_image, new_image));
  patch.insert(patch.end(), member.begin(), member.end());
  write_hex(patch_md5(patch, digests), patch.data() + wire::kDeltaMd5Offset);
  return patch;
}

}  // namespace otatool::delta
