// The options of an upload that hold for all of its targets, as values.
#pragma once

#include <span>
#include <string>

#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// Reads how to upload: waits, ports, attempts, authentication. Fails with Usage.
[[nodiscard]] Result<espota::UploadOptions> read_upload_options(const Invocation& invocation);

/// Usage for a target that is an address of the other family than `bind_address`; an empty one
/// suits all, and names are not looked up.
[[nodiscard]] Result<void> check_bind_address(const std::string& bind_address,
                                              std::span<const espota::Target> targets);

}  // namespace otatool::cli
