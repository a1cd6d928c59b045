#include "otatool/image/recognise.hpp"

#include "image/recognise/signature.hpp"

namespace otatool::image {
namespace {

void examine_package(Bytes file, Sha256Hex sha256_hex, const Unpack& unpack, Examined& examined) {
  Unpacked unpacked = unpack(file);
  if (auto signature = signature_after_package(file, unpacked.facts.member_size)) {
    const Bytes payload = file.first(static_cast<std::size_t>(signature->payload_size));
    examined.file.signature = std::move(signature);
    unpacked = unpack(payload);
  } else if (unpacked.facts.member_size != 0) {
    // No signature begins at the end of the member: the last word looked like a length by chance.
    examined.file.signature.reset();
  }
  examined.file.image_size = unpacked.facts.member_size;
  if (unpacked.facts.member_size != 0 && !examined.file.signature) {
    examined.file.trailing_bytes = file.size() - unpacked.facts.member_size;
  }
  examined.package = std::move(unpacked.facts);
  if (examined.package->valid()) {
    examined.content_bytes = std::move(unpacked.content);
    examined.content = recognise(examined.content_bytes, sha256_hex);
  }
}

}  // namespace

Examined examine(Bytes file, Sha256Hex sha256_hex, const Unpack& unpack) {
  Examined examined;
  examined.file = recognise(file, sha256_hex);
  if (examined.file.kind == Kind::Gzip) {
    examine_package(file, sha256_hex, unpack, examined);
  }
  return examined;
}

}  // namespace otatool::image
