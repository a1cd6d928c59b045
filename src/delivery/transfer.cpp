#include "otatool/delivery/transfer.hpp"

#include <array>

namespace otatool::delivery {

std::string_view to_string(Auth auth) {
  constexpr std::array<std::string_view, 5> kNames = {"none", "md5", "sha256", "basic", "digest"};
  return kNames.at(static_cast<std::size_t>(auth));
}

}  // namespace otatool::delivery
