// A line of a list on the status page whose cells change while the page is open. The script of the
// page finds list and line by these names (status.js).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otatool/http/server_facts.hpp"

#include "http/pages/device_query.hpp"
#include "http/pages/device_selection.hpp"

namespace otatool::http {

/// A cell is HTML.
using Cells = std::vector<std::string>;

/// The tone of a state: `good`, `bad`, `active` or `neutral` (fleet.md 1).
[[nodiscard]] std::string_view tone_of(fleet::State state);

/// One cell for each of kColumns.
[[nodiscard]] Cells device_cells(const ServerFacts& facts, const fleet::Device& device);
/// The row of the table with these cells.
[[nodiscard]] std::string device_row(fleet::Mac mac, const Cells& cells);

/// Phase, bar, counts.
[[nodiscard]] Cells rollout_cells(const fleet::Rollout& rollout, const fleet::Tally& tally);
/// The line of a rollout; `forms` follow its cells.
[[nodiscard]] std::string rollout_line(const fleet::Rollout& rollout,
                                       const Cells& cells,
                                       std::string_view forms);

/// The number of devices.
[[nodiscard]] Cells version_cells(std::size_t count);
[[nodiscard]] std::string version_line(const std::string& version, const Cells& cells);

/// Texts that change without a list.
struct LiveTexts {
  std::string trouble;  ///< what does not work; may be empty
  std::string server;   ///< devices, rules, downloads
  std::string count;    ///< how many devices match
};
[[nodiscard]] LiveTexts live_texts(const ServerFacts& facts, const DeviceSelection& selection);

}  // namespace otatool::http
