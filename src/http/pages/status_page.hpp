// The status page as HTML (fleet.md 5).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "otatool/http/server_facts.hpp"
#include "otatool/http/text_pieces.hpp"

#include "http/pages/device_query.hpp"

namespace otatool::http {

/// The forms below the line of a rollout, as HTML.
using RolloutForms = std::function<std::string(const fleet::Rollout& rollout)>;

struct StatusPageOptions {
  RolloutForms forms;           ///< of the page of administrators; may be empty
  bool administration = false;  ///< the page has a link to that of administrators
};

/// `facts` must outlive the pieces.
[[nodiscard]] std::shared_ptr<TextPieces> status_page(const ServerFacts& facts,
                                                      const DeviceQuery& query,
                                                      StatusPageOptions options = {});

}  // namespace otatool::http
