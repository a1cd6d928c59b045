#include "otatool/gzip/validate.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <zlib.h>

#include "otatool/wire/gzip_header.hpp"

#include "gzip/inflater.hpp"

namespace otatool::gzip {
namespace {

using HeaderReader = wire::GzipHeaderReader;

constexpr std::size_t kSectorBytes = 4096;
/// The loader counts the bytes to write in a signed number, so from this size on it writes nothing.
constexpr std::uint32_t kNegativeSize = 0x80000000U;

std::uint32_t little_endian(Bytes bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
  }
  return value;
}

std::string hex32(std::uint32_t value) {
  const std::array<std::uint8_t, 4> bytes = {static_cast<std::uint8_t>(value >> 24U),
                                             static_cast<std::uint8_t>(value >> 16U),
                                             static_cast<std::uint8_t>(value >> 8U),
                                             static_cast<std::uint8_t>(value)};
  return "0x" + to_hex(bytes);
}

std::string count_of_bytes(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

/// Checks one package from its first byte to its last; each step returns false at a fault.
class Inspection {
 public:
  Inspection(Bytes package, std::size_t largest_content)
      : package_(package), largest_content_(largest_content) {}

  PackageReport run() {
    if (package_.size() >= 4) {
      facts().loader_size = little_endian(package_.last(4));
    }
    if (read_header() && unpack() && read_trailer()) {
      check_content();
    }
    return std::move(report_);
  }

 private:
  PackageFacts& facts() { return report_.facts; }

  bool found(PackageFault fault, LoaderOutcome outcome, std::string text) {
    report_.fault = fault;
    report_.outcome = outcome;
    report_.fault_text = std::move(text);
    return false;
  }
  bool truncated(std::string_view part) {
    return found(
        PackageFault::Truncated,
        outcome_of_part(),
        "the gzip " + std::string(part) + " is cut off after " + count_of_bytes(package_.size()));
  }

  bool read_header() {
    HeaderReader reader;
    for (std::size_t i = 0; i < package_.size() && reader.state() == HeaderReader::State::Reading;
         ++i) {
      reader.feed(package_[i]);
    }
    switch (reader.state()) {
      case HeaderReader::State::Complete:
        break;
      case HeaderReader::State::Reading:
        return package_.size() < 2 ? not_gzip() : truncated("header");
      case HeaderReader::State::NotGzip:
        return not_gzip();
      case HeaderReader::State::UnknownMethod:
        return found(PackageFault::UnknownMethod,
                     LoaderOutcome::Refuses,
                     "unknown gzip compression method " + std::to_string(package_[2]));
      case HeaderReader::State::ReservedFlags:
        return found(PackageFault::ReservedFlags,
                     LoaderOutcome::Refuses,
                     "reserved bits in the gzip flags 0x" + to_hex(package_.subspan(3, 1)));
    }
    facts().header_length = reader.length();
    facts().modification_time = reader.modification_time();
    facts().name = as_text(package_.subspan(reader.name_offset(), reader.name_length()));
    return check_header_crc(reader);
  }

  bool not_gzip() {
    if (package_.empty()) {
      return found(PackageFault::NotGzip, LoaderOutcome::Undecided, "the file is empty");
    }
    const Bytes start = package_.first(std::min<std::size_t>(package_.size(), 2));
    return found(PackageFault::NotGzip,
                 LoaderOutcome::Undecided,
                 "not a gzip file: it begins with 0x" + to_hex(start));
  }

  bool check_header_crc(const HeaderReader& reader) {
    if ((reader.flags() & wire::kGzipHeaderCrc) == 0) {
      return true;
    }
    const uLong crc = crc32_z(0, package_.data(), reader.length() - 2) & 0xFFFFU;
    return crc == reader.stored_header_crc() || found(PackageFault::WrongHeaderCrc,
                                                      LoaderOutcome::Installs,
                                                      "the gzip header does not match its own CRC");
  }

  bool unpack() {
    const Bytes stream = package_.subspan(facts().header_length);
    if (stream.size() > std::numeric_limits<uInt>::max()) {
      return found(PackageFault::TooLarge,
                   outcome_of_part(),
                   count_of_bytes(package_.size()) + " are too large for a package");
    }
    Inflater inflater(stream);
    Inflater::Step step = Inflater::Step::More;
    while (step == Inflater::Step::More) {
      const std::size_t consumed_before = facts().header_length + inflater.consumed();
      step = inflater.advance();
      if (!take(inflater.produced(), consumed_before)) {
        return false;
      }
    }
    if (step == Inflater::Step::OutOfInput) {
      return truncated("stream");
    }
    const std::size_t consumed = facts().header_length + inflater.consumed();
    if (step == Inflater::Step::Damaged) {
      return found(PackageFault::Damaged,
                   outcome_of_part(),
                   "the compressed data is damaged before byte " + std::to_string(consumed));
    }
    stream_end_ = consumed;
    return true;
  }

  bool take(Bytes produced, std::size_t consumed_before) {
    std::vector<std::uint8_t>& content = report_.content;
    if (produced.size() > largest_content_ - content.size()) {
      return found(PackageFault::TooLarge,
                   outcome_of_part(),
                   "the package unpacks to more than " + count_of_bytes(largest_content_));
    }
    content.insert(content.end(), produced.begin(), produced.end());
    facts().content_length = content.size();
    if (content.size() > consumed_before) {
      facts().output_lead = std::max(facts().output_lead, content.size() - consumed_before);
    }
    return true;
  }

  bool read_trailer() {
    const Bytes rest = package_.subspan(stream_end_);
    if (rest.size() < wire::kGzipTrailerLength) {
      return truncated("trailer");
    }
    facts().stored_crc = little_endian(rest);
    facts().stored_size = little_endian(rest.subspan(4));
    facts().content_crc =
        static_cast<std::uint32_t>(crc32_z(0, report_.content.data(), report_.content.size()));
    facts().member_length = stream_end_ + wire::kGzipTrailerLength;
    return true;
  }

  bool check_content() {
    const PackageFacts& known = facts();
    const Bytes behind = package_.subspan(known.member_length);
    if (!behind.empty()) {
      return misread_behind(behind);
    }
    if (known.content_length == 0) {
      return found(
          PackageFault::Empty, LoaderOutcome::ChangesNothing, "the package unpacks to nothing");
    }
    if (known.stored_size != known.content_length) {
      return found(PackageFault::WrongSize,
                   outcome_of_size(),
                   "the package unpacks to " + count_of_bytes(known.content_length) + " and says " +
                       std::to_string(known.stored_size));
    }
    if (known.stored_crc != known.content_crc) {
      return found(PackageFault::WrongCrc,
                   LoaderOutcome::Installs,
                   "the unpacked content has the CRC " + hex32(known.content_crc) +
                       " and the package says " + hex32(known.stored_crc));
    }
    return true;
  }

  bool misread_behind(Bytes behind) {
    const std::string misread = ", and the loader reads the last four bytes, " +
                                std::to_string(facts().loader_size) + ", as the unpacked size";
    if (behind.size() >= 2 && behind[0] == wire::kGzipMagic1 && behind[1] == wire::kGzipMagic2) {
      return found(
          PackageFault::SecondMember,
          outcome_of_size(),
          "a second gzip member begins at byte " + std::to_string(facts().member_length) + misread);
    }
    return found(PackageFault::BytesBehindTrailer,
                 outcome_of_size(),
                 count_of_bytes(behind.size()) + " after the end of the gzip data" + misread);
  }

  /// The loader writes the number of bytes that the end of the file gives.
  LoaderOutcome outcome_of_size() {
    const bool right = facts().loader_size == facts().content_length && facts().loader_size > 0;
    return right ? LoaderOutcome::Installs : outcome_of_part();
  }

  /// As outcome_of_size, for a size that cannot be correct.
  LoaderOutcome outcome_of_part() {
    const std::uint32_t size = facts().loader_size;
    const bool none = size == 0 || size >= kNegativeSize;
    return none ? LoaderOutcome::ChangesNothing : LoaderOutcome::Bricks;
  }

  Bytes package_;
  std::size_t largest_content_;
  std::size_t stream_end_ = 0;
  PackageReport report_;
};

}  // namespace

std::string_view consequence(LoaderOutcome outcome) {
  switch (outcome) {
    case LoaderOutcome::Installs:
      return "a device would not notice and install the unpacked bytes";
    case LoaderOutcome::Refuses:
      return "a device would report success and start its old sketch again";
    case LoaderOutcome::ChangesNothing:
      return "a device would report success and change nothing";
    case LoaderOutcome::Bricks:
      return "a device would report success and not start again";
    case LoaderOutcome::Undecided:
      break;
  }
  return {};
}

std::string_view to_string(PackageFault fault) {
  switch (fault) {
    case PackageFault::NotGzip:
      return "not-gzip";
    case PackageFault::UnknownMethod:
      return "unknown-method";
    case PackageFault::ReservedFlags:
      return "reserved-flags";
    case PackageFault::WrongHeaderCrc:
      return "wrong-header-crc";
    case PackageFault::Truncated:
      return "truncated";
    case PackageFault::Damaged:
      return "damaged";
    case PackageFault::TooLarge:
      return "too-large";
    case PackageFault::Empty:
      return "empty";
    case PackageFault::WrongCrc:
      return "wrong-crc";
    case PackageFault::WrongSize:
      return "wrong-size";
    case PackageFault::SecondMember:
      return "second-member";
    case PackageFault::BytesBehindTrailer:
      return "bytes-behind-trailer";
  }
  return "damaged";
}

std::string explain(const PackageReport& report) {
  std::string text = report.fault_text;
  if (const std::string_view clause = consequence(report.outcome);
      report.fault && !clause.empty()) {
    text.append("; ").append(clause);
  }
  return text;
}

PackageReport inspect_package(Bytes package, std::size_t largest_content) {
  return Inspection(package, largest_content).run();
}

Result<Package> check_package(Bytes package, std::size_t largest_content) {
  PackageReport report = inspect_package(package, largest_content);
  if (!report.fault) {
    return Package{std::move(report.facts), std::move(report.content)};
  }
  const bool too_large = *report.fault == PackageFault::TooLarge;
  return fail(too_large ? Errc::DoesNotFit : Errc::BrokenPackage, explain(report));
}

bool unpacks_in_place(const PackageFacts& facts, std::size_t current_sketch) {
  const std::size_t staged_at = (current_sketch + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
  return facts.output_lead <= staged_at + kSectorBytes;
}

}  // namespace otatool::gzip
