#include "package_verifier.hpp"

#include "image_kind.hpp"

namespace otatool::firmware {
namespace {

class FirstByte final : public InflateSink {
 public:
  bool write(const uint8_t* bytes, size_t count) override {
    accepted_ = accepted_ || (count != 0 && bytes[0] == kApplicationMagic);
    return accepted_;
  }
  bool accepted() const { return accepted_; }

 private:
  bool accepted_ = false;
};

}  // namespace

UpdateError GzipPackageVerifier::verify(Flash& flash,
                                        uint32_t offset,
                                        uint32_t size,
                                        uint32_t limit) {
  PackageSource source(flash, offset, size);
  FirstByte first;
  switch (inflater_.run(source, &first, limit)) {
    case InflateResult::Ok:
      // A package of nothing puts nothing out.
      return first.accepted() ? UpdateError::None : UpdateError::MagicByte;
    case InflateResult::SinkFailed:
      return UpdateError::MagicByte;
    case InflateResult::SourceFailed:
      return UpdateError::Read;
    case InflateResult::TooLarge:
      return UpdateError::Space;
    case InflateResult::Truncated:
      return UpdateError::PackageTruncated;
    case InflateResult::SecondMember:
    case InflateResult::TrailingBytes:
      return UpdateError::PackageTrailing;
    case InflateResult::CrcMismatch:
    case InflateResult::SizeMismatch:
      return UpdateError::PackageSum;
    default:
      return UpdateError::PackageDamaged;
  }
}

}  // namespace otatool::firmware
