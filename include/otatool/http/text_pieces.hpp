// Long texts of a server, made while it also serves others. Interfaces only.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace otatool::http {

/// A long text that is made in pieces, so that other work can be done in between.
class TextPieces {
 public:
  virtual ~TextPieces() = default;
  /// Appends the next piece; false if it was the last one.
  virtual bool append_next(std::string& text) = 0;
  /// About how many bytes the object keeps for further pieces, without the text.
  [[nodiscard]] virtual std::size_t memory() const { return 0; }
  /// False: the next piece waits for something else, so ask again a little later.
  [[nodiscard]] virtual bool ready() const { return true; }
};

/// Server-sent events for one client, as long as it listens.
class EventFeed {
 public:
  virtual ~EventFeed() = default;
  /// The events since the last call; they may be none. Ends before the next call.
  [[nodiscard]] virtual std::shared_ptr<TextPieces> next() = 0;
};

}  // namespace otatool::http
