// The texts of /status.json, the server and its devices, and /status.csv, the devices.
#pragma once

#include <limits>
#include <memory>
#include <optional>

#include "otatool/http/server_facts.hpp"
#include "otatool/http/text_pieces.hpp"

#include "http/pages/device_query.hpp"

namespace otatool::http {

/// The devices to list, in the order of their addresses.
struct StatusRange {
  DeviceQuery query;                ///< only those that it matches; its order and page do not count
  std::optional<fleet::Mac> after;  ///< only devices with a larger address
  std::size_t most = std::numeric_limits<std::size_t>::max();
};

/// Devices in the order of their MAC addresses, 32 in a piece. A device that appears meanwhile may
/// be missing. `facts` must outlive the pieces.
[[nodiscard]] std::shared_ptr<TextPieces> status_json(const ServerFacts& facts,
                                                      const StatusRange& range = {});
/// The same devices as CSV (RFC 4180) with a head. A text that a spreadsheet would take for a
/// formula gets a `'` before it.
[[nodiscard]] std::shared_ptr<TextPieces> status_csv(const ServerFacts& facts,
                                                     const StatusRange& range = {});

}  // namespace otatool::http
