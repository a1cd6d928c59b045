// The text of /metrics in Prometheus' text format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#pragma once

#include <memory>

#include "otatool/http/server_facts.hpp"
#include "otatool/http/text_pieces.hpp"

namespace otatool::http {

/// Values of labels come from the manifest and from lists of the program; versions that the
/// manifest does not name count together as `other`. `facts` must outlive the pieces.
[[nodiscard]] std::shared_ptr<TextPieces> metrics(const ServerFacts& facts);

}  // namespace otatool::http
