// A text that a server makes in pieces, as a whole.
#pragma once

#include <string>

#include "otatool/http/site.hpp"

#include "http/pages/metrics.hpp"
#include "http/pages/status_json.hpp"

namespace otatool::test {

inline std::string whole_text(http::TextPieces& pieces) {
  std::string text;
  while (pieces.append_next(text)) {
  }
  return text;
}

inline std::string status_json(const http::Reports& reports) {
  return whole_text(*http::status_json(reports.facts()));
}

inline std::string metrics(const http::Reports& reports) {
  return whole_text(*http::metrics(reports.facts()));
}

}  // namespace otatool::test
