#include "delta/pieces.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "delta/suffix_array.hpp"

namespace otatool::delta {
namespace {

/// Bounds the time for images with long runs of one byte; longer matches are found in parts.
constexpr std::size_t kLongestMatch = 4096;
/// A match must explain this many bytes more than the former one does.
constexpr std::size_t kGain = 8;

struct Match {
  std::size_t at = 0;  ///< in the old image
  std::size_t length = 0;
};

class PieceFinder {
 public:
  PieceFinder(Bytes old_image, Bytes new_image)
      : old_(old_image), new_(new_image), order_(sorted_suffixes(old_image)) {}

  std::vector<Piece> run() {
    while (scan_ < new_.size()) {
      const std::size_t explained = next_match();
      if (match_.length != explained || scan_ == new_.size()) {
        close_piece();
      }
    }
    return std::move(pieces_);
  }

 private:
  [[nodiscard]] std::size_t common(std::size_t old_at, Bytes wanted) const {
    const Bytes there = old_.subspan(old_at, std::min(old_.size() - old_at, wanted.size()));
    return static_cast<std::size_t>(std::ranges::mismatch(there, wanted).in1 - there.begin());
  }

  /// The longest match of the new bytes from `at` on.
  [[nodiscard]] Match longest(std::size_t at) const {
    const Bytes wanted = new_.subspan(at, std::min(new_.size() - at, kLongestMatch));
    std::size_t low = 0;
    std::size_t high = order_.size() - 1;
    while (high - low > 1) {
      const std::size_t middle = low + (high - low) / 2;
      const auto suffix = static_cast<std::size_t>(order_[middle]);
      const std::size_t length = std::min(old_.size() - suffix, wanted.size());
      (std::memcmp(old_.data() + suffix, wanted.data(), length) < 0 ? low : high) = middle;
    }
    const auto left = static_cast<std::size_t>(order_[low]);
    const auto right = static_cast<std::size_t>(order_[high]);
    const Match by_left{left, common(left, wanted)};
    const Match by_right{right, common(right, wanted)};
    return by_left.length > by_right.length ? by_left : by_right;
  }

  /// True if the position of the last piece, continued, explains this byte of the new image.
  [[nodiscard]] bool continues(std::size_t at) const {
    const std::size_t old_at = at + last_old_ - last_new_;
    return at + last_old_ >= last_new_ && old_at < old_.size() && old_[old_at] == new_[at];
  }

  /// Moves on to a match that is better than the continued piece, or as good. Returns the number of
  /// its bytes that the continued piece explains.
  std::size_t next_match() {
    std::size_t explained = 0;
    scan_ += match_.length;
    match_.length = 0;
    for (std::size_t counted = scan_; scan_ < new_.size(); ++scan_) {
      match_ = longest(scan_);
      for (; counted < scan_ + match_.length; ++counted) {
        explained += continues(counted) ? 1U : 0U;
      }
      if ((match_.length == explained && match_.length != 0) || match_.length > explained + kGain) {
        break;
      }
      if (counted > scan_) {
        explained -= continues(scan_) ? 1U : 0U;
      } else {
        counted = scan_ + 1;
      }
    }
    return explained;
  }

  /// The prefix of at most `limit` bytes with the most equal bytes, less half its length.
  template <typename Equal>
  static std::size_t best_length(std::size_t limit, const Equal& equal) {
    std::ptrdiff_t score = 0;
    std::ptrdiff_t best = 0;
    std::size_t length = 0;
    for (std::size_t i = 0; i < limit; ++i) {
      score += equal(i) ? 1 : -1;
      if (score > best) {
        best = score;
        length = i + 1;
      }
    }
    return length;
  }

  void close_piece() {
    const bool at_end = scan_ == new_.size();
    std::size_t forward =
        best_length(std::min(scan_ - last_new_, old_.size() - last_old_),
                    [this](std::size_t i) { return old_[last_old_ + i] == new_[last_new_ + i]; });
    std::size_t backward =
        at_end ? 0 : best_length(std::min(scan_ - last_new_, match_.at), [this](std::size_t i) {
          return old_[match_.at - 1 - i] == new_[scan_ - 1 - i];
        });
    const std::size_t room = scan_ - last_new_;
    if (forward + backward > room) {
      const std::size_t overlap = forward + backward - room;
      const std::size_t kept = split(forward - overlap, backward, overlap);
      forward = forward - overlap + kept;
      backward -= kept;
    }
    if (room > backward) {
      pieces_.push_back({last_old_, forward, room - backward - forward});
    }
    last_new_ = scan_ - backward;
    last_old_ = match_.at - backward;
  }

  /// How many bytes of the overlap the earlier piece keeps: those that it explains better.
  [[nodiscard]] std::size_t split(std::size_t from,
                                  std::size_t backward,
                                  std::size_t overlap) const {
    std::ptrdiff_t score = 0;
    std::ptrdiff_t best = 0;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < overlap; ++i) {
      score += new_[last_new_ + from + i] == old_[last_old_ + from + i] ? 1 : 0;
      score -= new_[scan_ - backward + i] == old_[match_.at - backward + i] ? 1 : 0;
      if (score > best) {
        best = score;
        kept = i + 1;
      }
    }
    return kept;
  }

  Bytes old_;
  Bytes new_;
  std::vector<std::int32_t> order_;
  std::vector<Piece> pieces_;
  std::size_t scan_ = 0;      ///< in the new image
  Match match_;               ///< of the new bytes at scan_
  std::size_t last_new_ = 0;  ///< where the open piece begins
  std::size_t last_old_ = 0;
};

}  // namespace

std::vector<Piece> find_pieces(Bytes old_image, Bytes new_image) {
  return PieceFinder(old_image, new_image).run();
}

}  // namespace otatool::delta
