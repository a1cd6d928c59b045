#include "firmware/core/package/package_verifier.hpp"

#include "firmware/core/image_kind.hpp"
#include "firmware/core/package/package_source.hpp"

namespace otatool::firmware {
namespace {

class ApplicationSink final : public InflateSink {
 public:
  ApplicationSink(IncomingRules& rules, const PackageSource& source)
      : rules_(rules), source_(source), end_(rules.map().application) {}
  bool write(const uint8_t* bytes, size_t count) override {
    static_assert(Inflater::kRunBytes == kSectorSize, "a run is a sector");
    end_ += kSectorSize;
    if (!begun_ && count != 0 && bytes[0] != kApplicationMagic) {
      error_ = UpdateError::MagicByte;
    } else if (overwrites_unread()) {
      error_ = UpdateError::Space;
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
  // The loader reads whole sectors, each when it needs the first byte. It has read at least what
  // this run needed, which is up to kInputBytes less than what was read here.
  bool overwrites_unread() const {
    return source_.unread() != kAllRead &&
           end_ > whole_sectors(source_.unread() - static_cast<uint32_t>(Inflater::kInputBytes));
  }

  IncomingRules& rules_;
  const PackageSource& source_;
  uint32_t end_;  ///< of the unpacked sectors
  UpdateError error_ = UpdateError::None;
  bool begun_ = false;
};

}  // namespace

UpdateError GzipPackageVerifier::verify(
    Flash& flash, uint32_t offset, uint32_t size, uint32_t limit, IncomingRules& rules) {
  PackageSource source(flash, offset, size);
  ApplicationSink sink(rules, source);
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
