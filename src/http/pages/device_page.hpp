// The page of one device with its history, as HTML (fleet.md 5).
#pragma once

#include <memory>

#include "otatool/http/history_archive.hpp"
#include "otatool/http/server_facts.hpp"
#include "otatool/http/text_pieces.hpp"

namespace otatool::http {

/// The page waits for `history` some seconds. Null: no store keeps one. `facts` must outlive the
/// pieces.
[[nodiscard]] std::shared_ptr<TextPieces> device_page(const ServerFacts& facts,
                                                      const fleet::Device& device,
                                                      std::shared_ptr<const HistoryAnswer> history);

}  // namespace otatool::http
