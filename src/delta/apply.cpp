#include <algorithm>
#include <new>
#include <utility>

#include <zlib.h>

#include "otatool/delta/patch.hpp"
#include "otatool/wire/delta_patch.hpp"

#include "delta/header.hpp"

namespace otatool::delta {
namespace {

/// Unpacks the gzip member of a patch with the memory of a device.
class MemberReader {
 public:
  explicit MemberReader(Bytes member) {
    constexpr int kDeviceWindow = 12;
    constexpr int kOnlyGzip = 16;
    stream_.next_in = member.data();
    stream_.avail_in = static_cast<uInt>(member.size());
    if (inflateInit2(&stream_, kDeviceWindow + kOnlyGzip) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~MemberReader() { inflateEnd(&stream_); }
  MemberReader(const MemberReader&) = delete;
  MemberReader& operator=(const MemberReader&) = delete;

  /// False at the end, or if the member is damaged. zlib refuses a reference beyond the window only
  /// if it has room for no more than the next byte.
  bool next(std::uint8_t& byte) {
    stream_.next_out = &byte;
    stream_.avail_out = 1;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) {
      throw std::bad_alloc();
    }
    ended_ = result == Z_STREAM_END;
    return stream_.avail_out == 0 && (result == Z_OK || ended_);
  }

  /// After next() returned false: the member is whole, with correct CRC and size, and is the last.
  [[nodiscard]] bool sound() const { return ended_ && stream_.avail_in == 0; }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  z_stream stream_{};
  bool ended_ = false;
};

Result<std::vector<std::uint8_t>> rebuild(Bytes old_image, Bytes member, std::uint32_t new_size) {
  using Meaning = wire::DeltaScanner::Meaning;
  std::vector<std::uint8_t> made;
  made.reserve(new_size);
  wire::DeltaScanner scanner(static_cast<std::uint32_t>(old_image.size()), new_size);
  MemberReader reader(member);
  std::uint8_t byte = 0;
  while (!reader.ended() && reader.next(byte)) {
    switch (scanner.feed(byte)) {
      case Meaning::Number:
        break;
      case Meaning::Add:
        made.push_back(static_cast<std::uint8_t>(byte + old_image[scanner.old_position()]));
        break;
      case Meaning::Copy:
        made.push_back(byte);
        break;
      case Meaning::Malformed:
        return fail(Errc::BrokenPatch, "the patch has an instruction that leaves its images");
    }
  }
  if (!reader.sound() || !scanner.complete()) {
    return fail(Errc::BrokenPatch, "the instructions of the patch cannot be unpacked");
  }
  return made;
}

}  // namespace

Result<std::vector<std::uint8_t>> apply(Bytes old_image, Bytes patch, const Digests& digests) {
  TRY(const wire::DeltaHeader header, read_header(patch, digests));
  if (old_image.size() < header.old_size ||
      digests.sha256_hex(old_image.first(header.old_size)) != to_hex(header.old_sha256)) {
    return fail(Errc::OtherImage, "the patch was made for another image");
  }
  TRY(auto made,
      rebuild(old_image.first(header.old_size),
              patch.subspan(wire::kDeltaHeaderSize),
              header.new_size));
  if (digests.sha256_hex(made) != to_hex(header.new_sha256)) {
    return fail(Errc::BrokenPatch, "the patch makes an image with a wrong SHA-256");
  }
  return made;
}

}  // namespace otatool::delta
