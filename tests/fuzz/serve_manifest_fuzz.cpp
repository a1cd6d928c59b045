// Manifests of the update server: an accepted manifest respects the limits of its type, and no text
// crashes the reader.
#include <string>

#include "otatool/http/manifest.hpp"

#include "http/rules/file_path.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using fuzz::require;

void check(const Result<http::Manifest>& manifest) {
  if (!manifest) {
    require(manifest.error().code() == Errc::Usage, "a bad manifest is a usage error");
    require(!manifest.error().message().empty(), "an error has a message");
    return;
  }
  require(manifest->path.starts_with('/') && http::is_plain_file_path(manifest->path.substr(1)),
          "the path is absolute and plain");
  for (const http::ManifestRule& rule : manifest->rules) {
    require(http::is_plain_file_path(rule.image), "an image is below the folder");
    require(rule.percent <= 100, "a percentage is at most 100");
    require(rule.version.find_first_of("\r\n") == std::string::npos, "a version fits a field");
    for (const std::string& group : rule.matchers.groups) {
      require(manifest->groups.contains(group), "every group is defined");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(http::parse_manifest_toml(text));
  check(http::parse_manifest_json(text));
  return 0;
}
