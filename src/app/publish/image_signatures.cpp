#include "app/publish/image_signatures.hpp"

#include "otatool/signing/signed_image.hpp"

#include "app/examined_file.hpp"
#include "app/release/signed_release.hpp"

namespace otatool::app {

std::vector<SignatureForm> signed_forms(const LoadedFile& image) {
  const http::ServedFile& file = *image.file;
  if (file.kind != http::FileKind::Firmware || file.package || image.examined.file.signature) {
    return {};
  }
  switch (file.family) {
    case ChipFamily::Esp8266:
      return {SignatureForm::Esp8266, SignatureForm::Esp8266Legacy};
    case ChipFamily::Esp32:
      return {SignatureForm::Esp32};
    case ChipFamily::Unknown:
      break;
  }
  return {};
}

Result<std::vector<std::uint8_t>> signed_copy(const std::string& name,
                                              Bytes image,
                                              const signing::Signer& signer,
                                              SignatureForm form) {
  ExaminedFile file{
      .path = name, .bytes = {image.begin(), image.end()}, .examined = examine_bytes(image)};
  TRY(const auto input, prepare_signing(std::move(file), {.form = form}));
  return signed_bytes(input, signer, form);
}

Result<std::vector<std::uint8_t>> detached_signature(Bytes image, const signing::Signer& signer) {
  const bool is_rsa = signer.public_half().is_rsa();
  return signing::sign_message(image,
                               signer,
                               is_rsa ? SignatureForm::Esp8266 : SignatureForm::Esp32,
                               signing::HashAlgorithm::Sha256);
}

}  // namespace otatool::app
