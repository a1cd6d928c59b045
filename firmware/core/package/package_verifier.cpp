#include "firmware/core/package/package_verifier.hpp"

#include "firmware/core/image_kind.hpp"
#include "firmware/core/package/package_source.hpp"

namespace otatool::firmware {
namespace {

class ApplicationSink final : public InflateSink {
 public:
  explicit ApplicationSink(ImageRules& rules) : rules_(rules) {}
  bool write(const uint8_t* bytes, size_t count) override {
    if (!begun_ && count != 0 && bytes[0] != kApplicationMagic) {
      error_ = UpdateError::MagicByte;
    } else {
      error_ = rules_.add(bytes, count);
    }
    begun_ = true;
    return error_ == UpdateError::None;
  }
  UpdateError error() const { return error_; }
  /// An empty package writes nothing.
  UpdateError result() const { return begun_ ? rules_.result() : UpdateError::MagicByte; }

 private:
  ImageRules& rules_;
  UpdateError error_ = UpdateError::None;
  bool begun_ = false;
};

}  // namespace

UpdateError GzipPackageVerifier::verify(
    Flash& flash, uint32_t offset, uint32_t size, uint32_t limit, ImageRules& rules) {
  PackageSource source(flash, offset, size);
  ApplicationSink sink(rules);
  switch (inflater_.run(source, &sink, limit)) {
    case InflateResult::Ok:
      return sink.result();
    case InflateResult::SinkFailed:
      return sink.error();
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
