// Any file, alone or packed: examining it never fails, and packing does not make an unacceptable
// file acceptable. The first byte of the input selects whether the rest is packed.
#include <vector>

#include "otatool/gzip/pack.hpp"
#include "otatool/image/problems.hpp"
#include "otatool/image/upload_check.hpp"

#include "app/examined_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using otatool::Bytes;
using otatool::app::examine_bytes;
using otatool::fuzz::require;
namespace gzip = otatool::gzip;
namespace image = otatool::image;

bool accepted(const image::Examined& examined) {
  image::UploadIntent intent;
  intent.family = otatool::ChipFamily::Esp8266;
  intent.verifier_known = true;
  return image::check_upload(examined, intent).empty();
}

void require_messages(const image::Examined& examined) {
  for (const image::Problem& problem : image::problems(examined)) {
    require(!problem.code.empty() && !problem.message.empty(),
            "a problem has a code and a message");
  }
}

void require_consistent(Bytes file, const image::Examined& examined) {
  require(examined.file.payload_size() <= file.size(), "a payload ends within its file");
  require(examined.package.has_value() == (examined.file.kind == image::Kind::Gzip),
          "what begins like a package is read as one");
  require(!examined.content || examined.package->valid(), "content comes from a valid package");
  require(examined.content || examined.content_bytes.empty(),
          "content bytes come with their facts");
  require_messages(examined);
}

void require_same_inside(Bytes file) {
  const image::Examined plain = examine_bytes(file);
  const auto package = gzip::pack(file, {gzip::Compressor::Libdeflate, 1});
  require(package.has_value(), "every file can be packed");
  const image::Examined packed = examine_bytes(*package);
  require_consistent(*package, packed);
  require(packed.content.has_value(), "our own package is valid");
  require(packed.content->kind == plain.file.kind, "a package contains the packed kind");
  require(Bytes(packed.content_bytes).size() == file.size(), "a package contains the whole file");
  // A signature inside a package has no effect.
  require(plain.file.signature || !accepted(packed) || accepted(plain),
          "packing makes nothing acceptable");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const Bytes file(data + 1, size - 1);
  if ((data[0] & 1U) != 0) {
    require_same_inside(file);
  } else {
    require_consistent(file, examine_bytes(file));
  }
  return 0;
}
