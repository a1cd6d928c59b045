#include <string>

#include "image/check/image_problems.hpp"

namespace otatool::image {
namespace {

constexpr unsigned kWeakBelow = 2048;
constexpr unsigned kMostBits = 4096;
constexpr std::uint64_t kAlignment = 4;

void add_esp8266_damage(const SignatureFacts& signature, std::vector<Problem>& found) {
  if (signature.algorithm == SignatureAlgorithm::Ecdsa) {
    found.push_back({Level::Error,
                     "signature-ecdsa",
                     "this is an ECDSA signature, which no ESP8266 can verify"});
    return;
  }
  if (signature.counts_itself) {
    found.push_back({Level::Error,
                     "signature-length",
                     "the last word is " + std::to_string(signature.signature_size + 4) +
                         " and counts itself; devices expect the length of the signature alone, " +
                         std::to_string(signature.signature_size)});
  }
  if (signature.key_bits > kMostBits) {
    found.push_back({Level::Error,
                     "signature-too-long",
                     "the signature has " + std::to_string(signature.key_bits) +
                         " bits; an ESP8266 verifies 4096 at most"});
  }
}

void add_secure_boot_damage(const SignatureFacts& signature, std::vector<Problem>& found) {
  for (std::size_t i = 0; i < signature.blocks.size(); ++i) {
    const std::string name = "secure boot signature block " + std::to_string(i + 1);
    if (!signature.blocks[i].crc_matches) {
      found.push_back({Level::Error, "signature-block-crc", name + " has a wrong crc"});
    }
    if (signature.blocks[i].digest_matches == true &&
        signature.blocks[i].signature_matches == false) {
      found.push_back(
          {Level::Error, "signature-secure-boot", name + " does not verify with its own key"});
    }
    if (signature.blocks[i].digest_matches == false) {
      found.push_back(
          {Level::Error, "signature-digest", name + " signs another image: its digest differs"});
    }
  }
}

void add_package_problems(const SignatureFacts& signature, std::vector<Problem>& found) {
  found.push_back({Level::Warning,
                   "signed-package",
                   "a device that does not verify signatures, and any core 2.7.x, reads the last "
                   "word as the unpacked size and erases its own loader: send this only to "
                   "devices that verify (core 3.0.0 or newer)"});
  if (signature.payload_size % kAlignment != 0) {
    found.push_back(
        {Level::Warning,
         "signed-package-unaligned",
         "the package under the signature is " + std::to_string(signature.payload_size) +
             " bytes long, not a multiple of 4: cores 3.1.0 to 3.1.2 refuse it (error 12)"});
  }
}

void add_raw_problems(const Examined& examined, std::vector<Problem>& found) {
  const Part* part = examined.file.parts.empty() ? nullptr : &examined.file.parts.front();
  if (examined.file.kind == Kind::Esp8266Arduino && part != nullptr && part->flash.mode) {
    found.push_back({Level::Note,
                     "signed-flash-mode",
                     "a device that runs in another flash mode than " +
                         std::string(to_string(*part->flash.mode)) +
                         " changes the header before it verifies, and refuses the image (error "
                         "12)"});
  }
}

void add_esp8266_problems(const Examined& examined, std::vector<Problem>& found) {
  const SignatureFacts& signature = *examined.file.signature;
  if (is_esp32_family(examined.payload().chip)) {
    found.push_back({Level::Error,
                     "signature-form",
                     "the signature has the ESP8266 form, but the image is for " +
                         std::string(to_string(examined.payload().chip))});
    return;
  }
  if (examined.file.kind == Kind::Gzip) {
    add_package_problems(signature, found);
  } else {
    add_raw_problems(examined, found);
  }
  if (signature.key_bits != 0 && signature.key_bits < kWeakBelow) {
    found.push_back({Level::Warning,
                     "signature-weak",
                     "the key has only " + std::to_string(signature.key_bits) + " bits"});
  }
}

}  // namespace

std::vector<Problem> signature_damage(const ImageFacts& facts) {
  std::vector<Problem> found;
  if (!facts.signature || !facts.signature->certain) {
    return found;
  }
  if (facts.signature->form == SignatureForm::Esp8266) {
    add_esp8266_damage(*facts.signature, found);
  } else if (facts.signature->form == SignatureForm::SecureBootV2) {
    add_secure_boot_damage(*facts.signature, found);
  }
  return found;
}

std::vector<Problem> signature_problems(const Examined& examined) {
  std::vector<Problem> found;
  if (!examined.file.signature) {
    return found;
  }
  const SignatureFacts& signature = *examined.file.signature;
  if (!signature.certain) {
    found.push_back(
        {Level::Note,
         "signature-guessed",
         "the last word is " + std::to_string(signature.signature_size) +
             ", which may be the length of a signature, but the end of the payload is unknown"});
    return found;
  }
  switch (signature.form) {
    case SignatureForm::Esp8266:
    case SignatureForm::Esp8266Legacy:
      add_esp8266_problems(examined, found);
      break;
    case SignatureForm::Esp32:
      found.push_back(
          {Level::Note,
           "signature-esp32-core",
           "arduino-esp32 3.3.7 never checks such a signature or refuses every RSA one; "
           "older cores ignore it"});
      if (examined.payload().chip == Chip::Esp8266) {
        found.push_back({Level::Error,
                         "signature-form",
                         "the signature has the ESP32 form, but the image is for esp8266"});
      }
      break;
    case SignatureForm::SecureBootV1:
    case SignatureForm::SecureBootV2:
      break;
  }
  return found;
}

}  // namespace otatool::image
