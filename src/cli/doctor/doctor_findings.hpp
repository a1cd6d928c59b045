// What the facts of an examination mean and what to do about it: one finding for each thing that
// was tested. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/doctor/facts.hpp"
#include "otatool/error.hpp"

namespace otatool::cli {

enum class Verdict {
  Ok,
  Note,     ///< nothing to do, but good to know
  Warning,  ///< uploads may fail for this
  Failed,   ///< uploads will fail for this
};
/// `ok`, `note`, `warning` or `failed`, as in JSON.
[[nodiscard]] std::string_view to_string(Verdict verdict);

struct Finding {
  std::string check = {};  ///< `interfaces`, `firewall` ...: stable, for programs
  Verdict verdict = Verdict::Ok;
  std::string tested = {};  ///< what
  std::string result = {};
  std::string advice = {};  ///< what to do; empty when there is nothing
  /// What an upload would fail with, if the verdict is Failed.
  std::optional<Errc> code = std::nullopt;
};

/// Interfaces and multicast, firewall, port of mDNS, daemon, container.
[[nodiscard]] std::vector<Finding> examine_local(const doctor::LocalFacts& facts);

/// Name, way back, answers by mDNS, espota ports, ESPHome.
[[nodiscard]] std::vector<Finding> examine_host(const doctor::HostFacts& host,
                                                const doctor::LocalFacts& local);

}  // namespace otatool::cli
