// A hash by which servers of one store see whether they serve the same.
#pragma once

#include <string>

#include "otatool/http/catalogue.hpp"

namespace otatool::cli {

/// Covers rules, groups and images; not the times of files. Lower-case hex.
[[nodiscard]] std::string catalogue_sign(const http::Catalogue& catalogue);

}  // namespace otatool::cli
