#include "app/examined_file.hpp"

#include <utility>

#include "otatool/espota/digest.hpp"
#include "otatool/gzip/validate.hpp"
#include "otatool/signing/secure_boot.hpp"
#include "otatool/signing/signed_image.hpp"

#include "files/files.hpp"

namespace otatool::app {
namespace {

image::Unpacked unpack(Bytes package) {
  gzip::PackageReport report = gzip::inspect_package(package);
  image::Unpacked unpacked;
  unpacked.facts.member_size = report.facts.member_length;
  unpacked.facts.inflated_size = report.facts.content_length;
  unpacked.facts.name = std::move(report.facts.name);
  unpacked.facts.modified = report.facts.modification_time;
  if (report.fault) {
    unpacked.facts.fault =
        image::PackageFault{std::string(gzip::to_string(*report.fault)), gzip::explain(report)};
  } else {
    unpacked.content = std::move(report.content);
  }
  return unpacked;
}

/// Finds a signature that does not follow the image directly. The image room recognises only a
/// signature that begins where the image ends.
void find_later_signature(Bytes bytes, image::ImageFacts& facts) {
  if (facts.signature || facts.image_size == 0 || facts.kind == image::Kind::Gzip) {
    return;
  }
  const auto found = signing::find_signature(bytes);
  if (!found || found->payload_size < facts.image_size) {
    return;
  }
  image::SignatureFacts signature;
  signature.form = found->form;
  signature.payload_size = found->payload_size;
  signature.signature_size = found->signature_size;
  signature.trailer_size = bytes.size() - found->payload_size;
  signature.certain = true;
  signature.algorithm =
      found->ecdsa ? image::SignatureAlgorithm::Ecdsa : image::SignatureAlgorithm::Rsa;
  signature.key_bits = found->ecdsa ? 0 : static_cast<unsigned>(found->signature_size * 8);
  facts.trailing_bytes = found->payload_size - facts.image_size;
  facts.signature = std::move(signature);
}

/// Verifies the blocks of a Secure Boot v2 signature with the keys that they carry.
void verify_blocks(Bytes bytes, image::ImageFacts& facts) {
  if (!facts.signature || facts.signature->form != SignatureForm::SecureBootV2) {
    return;
  }
  const auto payload_size = static_cast<std::size_t>(facts.signature->payload_size);
  Bytes blocks = bytes.subspan(payload_size);
  for (image::SecureBootBlock& block : facts.signature->blocks) {
    const auto checked = signing::verify_secure_boot(bytes.first(payload_size),
                                                     blocks.first(signing::kSecureBootBlockSize));
    blocks = blocks.subspan(signing::kSecureBootBlockSize);
    if (checked) {
      block.digest_matches = checked->digest_matches;
      block.signature_matches = checked->signature_matches;
      block.key_name = checked->key_name;
      block.key_fingerprint = to_hex(checked->fingerprint);
    }
  }
}

void check_partition_table(Bytes bytes, image::ImageFacts& facts) {
  if (auto& md5 = facts.partition_md5) {
    const Bytes entries =
        bytes.subspan(static_cast<std::size_t>(md5->offset), static_cast<std::size_t>(md5->size));
    md5->matches = espota::md5_hex(entries) == md5->stored;
  }
}

}  // namespace

image::Examined examine_bytes(Bytes bytes) {
  image::Examined examined = image::examine(bytes, espota::sha256_hex, unpack);
  find_later_signature(bytes, examined.file);
  verify_blocks(bytes, examined.file);
  check_partition_table(bytes, examined.file);
  return examined;
}

Result<ExaminedFile> examine_file(const std::string& path) {
  TRY(auto bytes, files::read_file(path, files::kLargestImage));
  ExaminedFile file{path, std::move(bytes), {}};
  file.examined = examine_bytes(file.bytes);
  return file;
}

}  // namespace otatool::app
