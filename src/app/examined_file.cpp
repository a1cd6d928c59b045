#include "app/examined_file.hpp"

#include <utility>

#include "otatool/espota/digest.hpp"
#include "otatool/gzip/validate.hpp"

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

}  // namespace

image::Examined examine_bytes(Bytes bytes) {
  return image::examine(bytes, espota::sha256_hex, unpack);
}

Result<ExaminedFile> examine_file(const std::string& path) {
  auto bytes = files::read_file(path, files::kLargestImage);
  if (!bytes) {
    return fail(bytes.error());
  }
  ExaminedFile file{path, std::move(*bytes), {}};
  file.examined = examine_bytes(file.bytes);
  return file;
}

}  // namespace otatool::app
