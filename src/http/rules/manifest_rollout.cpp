#include "http/rules/manifest_rollout.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "http/rules/manifest_values.hpp"

namespace otatool::http {
namespace {

constexpr std::array<std::string_view, 7> kRolloutKeys = {
    "name", "stages", "stage-time", "stage-confirmed", "halt-failures", "attempts", "retry-after"};

template <typename Value>
Result<void> put(Result<Value> read, Value& target) {
  if (!read) {
    return fail(read.error());
  }
  target = std::move(*read);
  return {};
}

}  // namespace

bool is_rollout_key(std::string_view key) {
  return std::ranges::find(kRolloutKeys, key) != kRolloutKeys.end();
}

Result<void> read_rollout_key(std::string_view key,
                              const nlohmann::json& value,
                              ManifestRule& rule) {
  fleet::StagePlan& plan = *rule.plan;
  if (key == "name") {
    return put(line_of(value, key), rule.name);
  }
  if (key == "stages") {
    return put(stages_of(value), plan.stages);
  }
  if (key == "stage-time") {
    return put(duration_of(value, key), plan.stage_time);
  }
  if (key == "attempts") {
    return put(count_of(value, key), rule.attempts.attempts);
  }
  if (key == "retry-after") {
    return put(duration_of(value, key), rule.attempts.retry_after);
  }
  TRY(const unsigned permille, permille_of(value, key));
  if (key == "halt-failures") {
    plan.halt_failures_permille = permille;
    return {};
  }
  plan.stage_confirmed = permille / 10;
  return permille % 10 == 0 ? Result<void>()
                            : fail(Errc::Usage, "'stage-confirmed' is not a whole percentage");
}

Result<void> finish_plan(const nlohmann::json& table, ManifestRule& rule) {
  if (rule.name.empty()) {
    rule.name = rule.image;
  }
  if (!table.contains("stages")) {
    rule.plan.reset();
    for (const char* key : {"name", "stage-time", "stage-confirmed", "halt-failures"}) {
      if (table.contains(key)) {
        return fail(Errc::Usage, fmt::format("'{}' needs 'stages'", key));
      }
    }
    return {};
  }
  if (table.contains("percent")) {
    return fail(Errc::Usage, "'percent' and 'stages' exclude each other");
  }
  if (rule.version.empty()) {
    return fail(Errc::Usage, "'stages' needs 'version'");
  }
  return {};
}

}  // namespace otatool::http
