// Untrusted files: each is recognised as some kind, and no claimed length is trusted.
#include <algorithm>
#include <string>
#include <vector>

#include "otatool/image/flash_patch.hpp"
#include "otatool/image/problems.hpp"
#include "otatool/image/upload_check.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using fuzz::require;

constexpr std::size_t kHeadSize = 256;

std::string no_digest(Bytes bytes) {
  return std::string(64, bytes.size() % 2 == 0 ? '0' : '1');
}

/// The parts of an image lie kilobytes apart. The first byte of the input selects the position of
/// the bytes after the first 256: directly after them, at the sketch, or at a partition table.
std::vector<std::uint8_t> unfold(Bytes input) {
  constexpr std::size_t kPlaces[] = {kHeadSize, 0x0FF0, 0x1000, 0x8000};
  std::vector<std::uint8_t> file;
  if (input.empty()) {
    return file;
  }
  const std::size_t place = kPlaces[input[0] % 4];
  const std::uint8_t filler = (input[0] & 4U) != 0 ? 0xFF : 0xAA;
  const Bytes head = input.subspan(1, std::min(kHeadSize, input.size() - 1));
  const Bytes tail = input.subspan(1 + head.size());
  file.assign(head.begin(), head.end());
  if (!tail.empty()) {
    file.resize(place, filler);
    file.insert(file.end(), tail.begin(), tail.end());
  }
  return file;
}

image::Unpacked unpack(Bytes package) {
  image::Unpacked unpacked;
  constexpr std::size_t kHead = 3;
  if (package.size() < kHead) {
    unpacked.facts.fault = image::PackageFault{"truncated", "cut"};
    return unpacked;
  }
  const Bytes content = package.subspan(kHead);
  unpacked.facts.member_size = package.size() - std::min<std::size_t>(package[2], content.size());
  unpacked.content.assign(content.begin(), content.end());
  return unpacked;
}

void require_sane(const image::ImageFacts& facts, std::size_t size) {
  require(facts.file_size == size, "the size is the file's");
  require(facts.image_size <= size, "an image ends inside the file");
  require(facts.payload_size() <= size, "the signed part ends inside the file");
  require(facts.trailing_bytes <= size, "trailing bytes are inside the file");
  for (const image::Part& part : facts.parts) {
    require(part.segments.size() <= 16, "the boot rom takes 16 segments");
    require(part.offset + part.size <= size, "a part ends inside the file");
    for (const image::Segment& segment : part.segments) {
      require(segment.offset <= size, "a segment begins inside the file");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> file = unfold({data, size});
  const image::Examined examined = image::examine(file, no_digest, unpack);
  require_sane(examined.file, file.size());
  if (examined.content) {
    require_sane(*examined.content, examined.content_bytes.size());
  }
  const auto found = image::problems(examined);
  const bool bad = std::any_of(found.begin(), found.end(), [](const image::Problem& problem) {
    return problem.level == image::Level::Error;
  });
  image::UploadIntent intent;
  intent.filesystem = image::is_filesystem(examined.payload().kind);
  intent.atomic_fs = true;
  intent.verifier_known = true;
  const auto problems = image::check_upload(examined, intent);
  require(bad || problems.empty(), "a refused file has a problem of level error");
  const auto patched = image::set_flash_mode(file, examined.file, image::FlashMode::Dio);
  require(!patched || patched->size() == file.size(), "a patch keeps the length");
  return 0;
}
