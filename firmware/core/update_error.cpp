#include "firmware/core/update_error.hpp"

#include <string.h>

#include "firmware/core/digest/hex.hpp"
#include "firmware/core/flash_data.hpp"

namespace otatool::firmware {
namespace {

/// An OTATOOL_FLASH_TEXT.
// Its length is that of the list of errors: NOLINTNEXTLINE(readability-function-size)
const char* plain_text(UpdateError error) {
  switch (error) {
    case UpdateError::None:
      return OTATOOL_FLASH_TEXT("No Error");
    case UpdateError::Write:
      return OTATOOL_FLASH_TEXT("Flash Write Failed");
    case UpdateError::Erase:
      return OTATOOL_FLASH_TEXT("Flash Erase Failed");
    case UpdateError::Read:
      return OTATOOL_FLASH_TEXT("Flash Read Failed");
    case UpdateError::Space:
      return OTATOOL_FLASH_TEXT("Not Enough Space");
    case UpdateError::Size:
      return OTATOOL_FLASH_TEXT("Bad Size Given");
    case UpdateError::Stream:
      return OTATOOL_FLASH_TEXT("Stream Read Timeout");
    case UpdateError::Md5:
      return OTATOOL_FLASH_TEXT("MD5 verification failed: expected: ");
    case UpdateError::FlashConfig:
      return OTATOOL_FLASH_TEXT("new Flash config wrong: another mode or size");
    case UpdateError::MagicByte:
      return OTATOOL_FLASH_TEXT("Magic byte is not 0xE9");
    case UpdateError::Bootstrap:
      return OTATOOL_FLASH_TEXT("Invalid bootstrapping state, reset ESP8266 before updating");
    case UpdateError::OutOfMemory:
      return OTATOOL_FLASH_TEXT("Out of memory");
    case UpdateError::AlreadyRunning:
      return OTATOOL_FLASH_TEXT("Update already running");
    case UpdateError::SignatureMissing:
      return OTATOOL_FLASH_TEXT("Signature verification failed: no signature");
    case UpdateError::SignatureKey:
      return OTATOOL_FLASH_TEXT("Signature verification failed: the device has no usable key");
    case UpdateError::SignatureLength:
      return OTATOOL_FLASH_TEXT("Signature verification failed: key of another size");
    case UpdateError::SignatureWrong:
      return OTATOOL_FLASH_TEXT("Signature verification failed: wrong key or changed image");
    case UpdateError::PackageTruncated:
      return OTATOOL_FLASH_TEXT("Broken gzip package: ends before its trailer");
    case UpdateError::PackageDamaged:
      return OTATOOL_FLASH_TEXT("Broken gzip package: cannot be unpacked");
    case UpdateError::PackageSum:
      return OTATOOL_FLASH_TEXT("Broken gzip package: CRC or size differs");
    case UpdateError::PackageTrailing:
      return OTATOOL_FLASH_TEXT("Broken gzip package: bytes after its trailer");
    case UpdateError::LoaderDiffers:
      return OTATOOL_FLASH_TEXT("Image has another loader");
    case UpdateError::VersionMissing:
      return OTATOOL_FLASH_TEXT("Version check failed: the image has none");
    case UpdateError::VersionOld:
      return OTATOOL_FLASH_TEXT("Version check failed: older than allowed");
    case UpdateError::OnTrial:
      return OTATOOL_FLASH_TEXT("The running application is still on trial");
    case UpdateError::NoFilesystem:
      return OTATOOL_FLASH_TEXT("Image is an application, not a filesystem");
    case UpdateError::Paused:
      return OTATOOL_FLASH_TEXT("Too many wrong passwords: wait a minute");
    case UpdateError::InstallRefused:
      return OTATOOL_FLASH_TEXT("The bootloader refuses the image");
    case UpdateError::PatchBase:
      return OTATOOL_FLASH_TEXT("Patch is for another application");
    case UpdateError::PatchDamaged:
      return OTATOOL_FLASH_TEXT("Broken patch");
  }
  return OTATOOL_FLASH_TEXT("UNKNOWN");
}

}  // namespace

uint32_t number_of(UpdateError error) {
  switch (error) {
    case UpdateError::SignatureKey:
    case UpdateError::SignatureLength:
    case UpdateError::SignatureWrong:
      return static_cast<uint32_t>(UpdateError::SignatureMissing);
    case UpdateError::PackageTruncated:
    case UpdateError::PackageDamaged:
    case UpdateError::PackageSum:
    case UpdateError::PackageTrailing:
      return 32;
    case UpdateError::LoaderDiffers:
      return 33;
    case UpdateError::VersionMissing:
    case UpdateError::VersionOld:
      return 34;
    case UpdateError::OnTrial:
      return 35;
    case UpdateError::NoFilesystem:
      return static_cast<uint32_t>(UpdateError::MagicByte);
    case UpdateError::Paused:
      return 36;
    case UpdateError::InstallRefused:
      return 37;
    case UpdateError::PatchBase:
      return 38;
    case UpdateError::PatchDamaged:
      return 39;
    default:
      return static_cast<uint32_t>(error);
  }
}

size_t describe(UpdateError error, const Md5Mismatch& mismatch, char* text) {
  size_t length = copy_flash_text(plain_text(error), text);
  if (error == UpdateError::Md5) {
    constexpr char kSecond[] = ", calculated: ";
    to_hex(mismatch.expected, sizeof(mismatch.expected), text + length);
    length += 2 * sizeof(mismatch.expected);
    memcpy(text + length, kSecond, sizeof(kSecond) - 1);
    length += sizeof(kSecond) - 1;
    to_hex(mismatch.calculated, sizeof(mismatch.calculated), text + length);
    length += 2 * sizeof(mismatch.calculated);
  }
  return length;
}

size_t report(UpdateError error, const Md5Mismatch& mismatch, char* text) {
  size_t length =
      wire::detail::Writer(text).text("ERROR[", 6).number(number_of(error)).text("]: ", 3).length();
  length += describe(error, mismatch, text + length);
  text[length++] = '\n';
  return length;
}

}  // namespace otatool::firmware
