// Reads the options of an upload that apply to all targets.
#pragma once

#include <span>
#include <string>

#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// Times, ports, attempts and authentication. Fails with Usage.
[[nodiscard]] Result<espota::UploadOptions> read_upload_options(Invocation& invocation);

/// Usage if a target and `bind_address` are addresses of different families. Accepts every name,
/// and every target if `bind_address` is empty.
[[nodiscard]] Result<void> check_bind_address(const std::string& bind_address,
                                              std::span<const espota::Target> targets);

}  // namespace otatool::cli
