// Texts and JSON fields of what happens in an upload, without a place to print them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "otatool/delivery/transfer.hpp"

namespace otatool::cli {

struct PhaseTexts {
  std::string_view reached;
  std::string_view waiting;  ///< what a transfer in this phase waits for
};

[[nodiscard]] PhaseTexts texts_of(delivery::Phase phase);
[[nodiscard]] std::string start_text(const delivery::AttemptStarted& started);
[[nodiscard]] nlohmann::json start_fields(const delivery::AttemptStarted& started);
/// Null if the device was not skipped.
[[nodiscard]] nlohmann::json skip_reason(const delivery::Report& report);
/// What is known about the device after its restart; empty if nobody looked.
[[nodiscard]] std::string confirmation_text(const delivery::Report& report);

}  // namespace otatool::cli
