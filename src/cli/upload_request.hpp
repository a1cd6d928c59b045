// The options of an upload as values: which targets, with which credentials, how.
#pragma once

#include <string>
#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

#include "cli/command.hpp"
#include "cli/invocation.hpp"

namespace otatool::cli {

struct UploadRequest {
  std::vector<espota::Target> targets;
  espota::UploadOptions options;
};

/// Reads targets from the arguments behind the image, from `--targets FILE` and from the devices of
/// the configuration, with their password files, and every option. Fails with Usage, FileUnreadable
/// or PasswordNeeded.
[[nodiscard]] Result<UploadRequest> read_upload_request(Invocation& invocation);

}  // namespace otatool::cli
