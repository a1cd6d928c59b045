// What the tests of the image room share: recognising bytes, and telling problems by their codes.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/image/problems.hpp"
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

inline std::vector<std::string> codes(const std::vector<Problem>& found, Level level) {
  std::vector<std::string> codes;
  for (const Problem& problem : found) {
    if (problem.level == level) {
      codes.push_back(problem.code);
    }
  }
  return codes;
}

inline std::vector<std::string> errors_of(const support::Blob& bytes) {
  return codes(problems(examine_image(bytes)), Level::Error);
}

inline bool has_code(const std::vector<Problem>& found, std::string_view code) {
  return std::any_of(
      found.begin(), found.end(), [code](const Problem& problem) { return problem.code == code; });
}

}  // namespace otatool::image
