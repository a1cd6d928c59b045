// The events that keep an open status page up to date (fleet.md 5): JSON objects that status.js
// understands.
#pragma once

#include <memory>

#include "otatool/http/server_facts.hpp"
#include "otatool/http/text_pieces.hpp"

#include "http/pages/device_query.hpp"
#include "http/pages/status_page.hpp"

namespace otatool::http {

/// The first event has all cells of the page, later ones only those that changed, and the lines of
/// rollouts and versions if others come or go. The page keeps its devices, also those that no
/// longer match; new ones appear as long as its first page has room. `facts` must outlive the feed,
/// which keeps `token`. `forms`: of the page of administrators; may be empty.
[[nodiscard]] std::shared_ptr<EventFeed> live_feed(const ServerFacts& facts,
                                                   const DeviceQuery& query,
                                                   std::shared_ptr<const bool> token,
                                                   RolloutForms forms = {});

}  // namespace otatool::http
