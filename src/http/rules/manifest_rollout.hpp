// The keys of a rule that plan its rollout and limit its attempts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "otatool/http/manifest.hpp"

namespace otatool::http {

[[nodiscard]] bool is_rollout_key(std::string_view key);

/// Reads one key into `rule`, which must have a plan. Usage.
[[nodiscard]] Result<void> read_rollout_key(std::string_view key,
                                            const nlohmann::json& value,
                                            ManifestRule& rule);

/// Checks the keys of `table` together; removes the plan of a rule without stages. Usage.
[[nodiscard]] Result<void> finish_plan(const nlohmann::json& table, ManifestRule& rule);

}  // namespace otatool::http
