// Untrusted packages: an accepted package is one complete member with the announced content,
// aligning does not change the content, and nothing unpacks beyond the limit.
#include <algorithm>

#include "otatool/gzip/pack.hpp"
#include "otatool/gzip/validate.hpp"
#include "otatool/wire/gzip_header.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using otatool::Bytes;
using otatool::fuzz::require;
namespace gzip = otatool::gzip;
namespace wire = otatool::wire;

constexpr std::size_t kLargestContent = 32768;

void require_consistent(Bytes input, const gzip::PackageReport& report) {
  require(report.content.size() <= kLargestContent, "nothing unpacks beyond the limit");
  require(report.facts.member_length <= input.size(), "a member ends within its file");
  require(report.facts.header_length <= input.size(), "a header ends within its file");
  require(report.facts.output_lead <= report.content.size(), "a lead is a part of the output");
  require(report.fault.has_value() != report.fault_text.empty(), "a fault has a text");
}

void require_sound(Bytes input, const gzip::Package& package) {
  require(package.facts.member_length == input.size(), "an accepted member is the whole file");
  require(package.facts.stored_size == package.content.size(), "an accepted size is the real one");
  require(package.facts.stored_crc == package.facts.content_crc, "an accepted CRC is the real one");
  require(!package.content.empty(), "an accepted package has content");

  wire::GzipHeaderReader header;
  for (std::size_t i = 0; i < package.facts.header_length; ++i) {
    require(header.state() == wire::GzipHeaderReader::State::Reading, "a header ends once");
    header.feed(input[i]);
  }
  require(header.state() == wire::GzipHeaderReader::State::Complete, "a header has its length");
}

void require_alignable(Bytes input, const gzip::Package& package) {
  const auto aligned = gzip::align_package(input, kLargestContent);
  require(aligned.has_value(), "an accepted package can be aligned");
  require(aligned->size() % gzip::kPackageAlignment == 0, "an aligned length is aligned");
  const auto checked = gzip::check_package(*aligned, kLargestContent);
  require(checked.has_value(), "an aligned package is accepted");
  require(checked->content == package.content, "aligning keeps the content");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, size);
  const gzip::PackageReport report = gzip::inspect_package(input, kLargestContent);
  require_consistent(input, report);
  const auto package = gzip::check_package(input, kLargestContent);
  require(package.has_value() != report.fault.has_value(), "a package with a fault is refused");
  if (package) {
    require_sound(input, *package);
    require_alignable(input, *package);
  } else {
    require(!package.error().message().empty(), "a refusal says why");
  }
  return 0;
}
