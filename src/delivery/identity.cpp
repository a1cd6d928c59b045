#include "otatool/delivery/identity.hpp"

#include <algorithm>

namespace otatool::delivery {
namespace {

std::string_view without_v(std::string_view version) {
  const bool has_v = version.size() > 1 && (version.front() == 'v' || version.front() == 'V');
  return has_v && version[1] >= '0' && version[1] <= '9' ? version.substr(1) : version;
}

/// The version in the text of a Shelly: between `/` and `-g` with a hash.
std::string_view without_build(std::string_view told) {
  const std::size_t slash = told.find('/');
  if (slash == std::string_view::npos) {
    return told.substr(0, told.find('('));
  }
  const std::string_view version = told.substr(slash + 1);
  return version.substr(0, version.rfind("-g"));
}

}  // namespace

bool is_version(std::string_view told, std::string_view wanted) {
  if (told.empty() || wanted.empty()) {
    return false;
  }
  return told == wanted || without_v(told) == without_v(wanted) ||
         without_v(without_build(told)) == without_v(wanted);
}

bool runs_build(const Identity& told, const ImageIdentity& image) {
  return !told.build.empty() && std::ranges::find(image.builds, told.build) != image.builds.end();
}

bool runs(const Identity& told, const ImageIdentity& image) {
  return runs_build(told, image) || is_version(told.version, image.version);
}

}  // namespace otatool::delivery
