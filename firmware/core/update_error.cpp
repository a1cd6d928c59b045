#include "firmware/core/update_error.hpp"

#include <string.h>

#include "firmware/core/digest/hex.hpp"

namespace otatool::firmware {
namespace {

const char* plain_text(UpdateError error) {
  switch (error) {
    case UpdateError::None:
      return "No Error";
    case UpdateError::Write:
      return "Flash Write Failed";
    case UpdateError::Erase:
      return "Flash Erase Failed";
    case UpdateError::Read:
      return "Flash Read Failed";
    case UpdateError::Space:
      return "Not Enough Space";
    case UpdateError::Size:
      return "Bad Size Given";
    case UpdateError::Stream:
      return "Stream Read Timeout";
    case UpdateError::Md5:
      return "MD5 verification failed: expected: ";
    case UpdateError::MagicByte:
      return "Magic byte is not 0xE9";
    case UpdateError::AlreadyRunning:
      return "Update already running";
    case UpdateError::SignatureMissing:
      return "Signature verification failed: no signature";
    case UpdateError::SignatureKey:
      return "Signature verification failed: the device has no usable key";
    case UpdateError::SignatureLength:
      return "Signature verification failed: key of another size";
    case UpdateError::SignatureWrong:
      return "Signature verification failed: wrong key or changed image";
    case UpdateError::PackageTruncated:
      return "Broken gzip package: ends before its trailer";
    case UpdateError::PackageDamaged:
      return "Broken gzip package: cannot be unpacked";
    case UpdateError::PackageSum:
      return "Broken gzip package: CRC or size differs";
    case UpdateError::PackageTrailing:
      return "Broken gzip package: bytes after its trailer";
    case UpdateError::LoaderDiffers:
      return "Image has another loader";
    case UpdateError::VersionMissing:
      return "Version check failed: the image has none";
    case UpdateError::VersionOld:
      return "Version check failed: older than allowed";
    case UpdateError::OnTrial:
      return "The running application is still on trial";
  }
  return "UNKNOWN";
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
    default:
      return static_cast<uint32_t>(error);
  }
}

size_t describe(UpdateError error, const Md5Mismatch& mismatch, char* text) {
  const char* const plain = plain_text(error);
  size_t length = wire::detail::Writer(text).text(plain, strlen(plain)).length();
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
