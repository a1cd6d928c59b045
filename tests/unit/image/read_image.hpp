// What the tests of the image room share: recognising bytes, and telling findings by their codes.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/image/findings.hpp"
#include "otatool/image/recognise.hpp"

#include "tests/support/image_builder.hpp"

namespace otatool::image {

inline ImageFacts read_image(const support::Blob& bytes) {
  return recognise(bytes, support::sha256_hex);
}

/// For tests without packages: unpacking would be a mistake of the test.
inline Unpacked no_package(Bytes) {
  Unpacked unpacked;
  unpacked.facts.fault = PackageFault{"not-expected", "no package was expected"};
  return unpacked;
}

inline Examined examine_image(const support::Blob& bytes) {
  return examine(bytes, support::sha256_hex, no_package);
}

inline std::vector<std::string> codes(const std::vector<Finding>& found, Level level) {
  std::vector<std::string> codes;
  for (const Finding& finding : found) {
    if (finding.level == level) {
      codes.push_back(finding.code);
    }
  }
  return codes;
}

inline std::vector<std::string> errors_of(const support::Blob& bytes) {
  return codes(findings(examine_image(bytes)), Level::Error);
}

inline bool has_code(const std::vector<Finding>& found, std::string_view code) {
  return std::any_of(
      found.begin(), found.end(), [code](const Finding& finding) { return finding.code == code; });
}

}  // namespace otatool::image
