#include "delta/suffix_array.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace otatool::delta {
namespace {

using Numbers = std::vector<std::int32_t>;

constexpr std::int32_t kNone = -1;

std::size_t index(std::int32_t value) {
  return static_cast<std::size_t>(value);
}

/// One level of the algorithm: a text over the letters 0 to `largest`.
class SuffixSort {
 public:
  SuffixSort(const Numbers& text, std::int32_t largest)
      : text_(text), small_(text.size()), lows_(index(largest) + 2), highs_(index(largest) + 2) {
    classify();
    count_letters();
  }

  Numbers run() {
    if (text_.size() < 2) {
      return Numbers(text_.size(), 0);
    }
    induce(marks_);
    if (!marks_.empty()) {
      sort_marks();
      induce(marks_);
    }
    return std::move(order_);
  }

 private:
  /// A suffix is small if it comes before the one that begins a letter later. A mark is a small
  /// suffix after one that is not.
  void classify() {
    for (std::size_t i = text_.size(); i-- > 1;) {
      const std::int32_t here = text_[i - 1];
      small_[i - 1] = here < text_[i] || (here == text_[i] && small_[i]);
    }
    for (std::size_t i = 1; i < text_.size(); ++i) {
      if (small_[i] && !small_[i - 1]) {
        marks_.push_back(static_cast<std::int32_t>(i));
      }
    }
  }

  /// Where the suffixes of each letter begin in the order: first those that are not small.
  void count_letters() {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const std::size_t letter = index(text_[i]);
      ++(small_[i] ? lows_[letter + 1] : highs_[letter]);
    }
    for (std::size_t letter = 0; letter < highs_.size(); ++letter) {
      highs_[letter] += lows_[letter];
      if (letter + 1 < lows_.size()) {
        lows_[letter + 1] += highs_[letter];
      }
    }
  }

  /// Orders all suffixes by the order of the marks.
  void induce(const Numbers& marks) {
    order_.assign(text_.size(), kNone);
    Numbers next = highs_;
    for (const std::int32_t mark : marks) {
      order_[index(next[index(text_[index(mark)])]++)] = mark;
    }
    next = lows_;
    const auto last = static_cast<std::int32_t>(text_.size() - 1);
    order_[index(next[index(text_.back())]++)] = last;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const std::int32_t before = order_[i] - 1;
      if (before >= 0 && !small_[index(before)]) {
        order_[index(next[index(text_[index(before)])]++)] = before;
      }
    }
    next = lows_;
    for (std::size_t i = order_.size(); i-- > 0;) {
      const std::int32_t before = order_[i] - 1;
      if (before >= 0 && small_[index(before)]) {
        order_[index(--next[index(text_[index(before)]) + 1])] = before;
      }
    }
  }

  /// True if the letters from one mark to the next are the same for both.
  [[nodiscard]] bool same_piece(std::size_t left, std::size_t right) const {
    const auto end_of = [this](std::size_t number) {
      return number + 1 < marks_.size() ? index(marks_[number + 1]) : text_.size();
    };
    const std::size_t left_at = index(marks_[left]);
    const std::size_t right_at = index(marks_[right]);
    const std::size_t length = end_of(left) - left_at;
    if (length != end_of(right) - right_at || left_at + length == text_.size() ||
        right_at + length == text_.size()) {
      return false;
    }
    const auto from = text_.begin() + static_cast<std::ptrdiff_t>(left_at);
    return std::equal(from,
                      from + static_cast<std::ptrdiff_t>(length + 1),
                      text_.begin() + static_cast<std::ptrdiff_t>(right_at));
  }

  /// Names each mark by its piece, and sorts the text of these names.
  void sort_marks() {
    Numbers number_of(text_.size(), kNone);
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      number_of[index(marks_[i])] = static_cast<std::int32_t>(i);
    }
    Numbers names(marks_.size());
    std::int32_t name = 0;
    std::int32_t former = kNone;
    for (const std::int32_t suffix : order_) {
      const std::int32_t number = number_of[index(suffix)];
      if (number == kNone) {
        continue;
      }
      if (former != kNone && !same_piece(index(former), index(number))) {
        ++name;
      }
      names[index(number)] = name;
      former = number;
    }
    const Numbers order = SuffixSort(names, name).run();
    Numbers sorted;
    sorted.reserve(order.size());
    for (const std::int32_t number : order) {
      sorted.push_back(marks_[index(number)]);
    }
    marks_ = std::move(sorted);
  }

  const Numbers& text_;
  std::vector<bool> small_;
  Numbers lows_;
  Numbers highs_;
  Numbers marks_;
  Numbers order_;
};

}  // namespace

Numbers sorted_suffixes(Bytes text) {
  constexpr std::int32_t kLargestByte = 255;
  return SuffixSort(Numbers(text.begin(), text.end()), kLargestByte).run();
}

}  // namespace otatool::delta
