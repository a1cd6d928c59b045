// Where `serve` keeps its own files.
#pragma once

#include <string>
#include <string_view>

#include "otatool/result.hpp"
#include "otatool/store/store.hpp"

namespace otatool::cli {

/// The file `serve-NAME` + `ending` in the folder of the default store (fleet.md 2), which is made;
/// NAME is that of the served `path`. StoreFailed.
[[nodiscard]] Result<std::string> state_file(const std::string& path, std::string_view ending);

/// Usage if the file of a store lies in the served folder (empty: there is none) and is not hidden.
[[nodiscard]] Result<void> check_place(const store::StoreAddress& address,
                                       const std::string& served_folder);

}  // namespace otatool::cli
