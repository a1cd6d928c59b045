// A password or passphrase; its memory is overwritten on destruction.
// It has no stream operator and no formatter: a secret cannot be printed by accident.
#pragma once

#include <string.h>
#include <string>
#include <string_view>

#include "otatool/wire/constant_time.hpp"

namespace otatool {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) {
    text_.swap(text);
    cleanse(text);
  }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept {
    text_.swap(other.text_);
    cleanse(other.text_);
  }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      cleanse(text_);
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      *this = static_cast<const Secret&>(other);
      cleanse(other.text_);
    }
    return *this;
  }
  ~Secret() { cleanse(text_); }

  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// The secret; valid while this object exists.
  [[nodiscard]] std::string_view reveal() const { return text_; }

  /// Overwrites the characters of `text` and empties it; the compiler may not remove this.
  static void cleanse(std::string& text) {
    text.resize(text.capacity());  // a short string that was swapped out keeps its characters
    explicit_bzero(text.data(), text.size());
    text.clear();
  }

 private:
  std::string text_;
};

/// Constant-time comparison: the time depends on the lengths only.
[[nodiscard]] inline bool same_secret(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         wire::equal_in_constant_time(left.data(), right.data(), left.size());
}

}  // namespace otatool
