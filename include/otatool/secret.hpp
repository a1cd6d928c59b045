// A password or passphrase. All copies of an object share one text, whose memory is overwritten
// with the last of them. It has no stream operator and no formatter: a secret cannot be printed by
// accident.
#pragma once

#include <atomic>
#include <memory>
#include <string.h>
#include <string>
#include <string_view>
#include <utility>

#include "otatool/wire/constant_time.hpp"

namespace otatool {

class Secret {
 public:
  Secret() = default;
  /// Overwrites the memory of `text`.
  explicit Secret(std::string text) {
    if (!text.empty()) {
      if (const auto action = before_first_.exchange(nullptr)) {
        action();
      }
      text_ = std::make_shared<const Text>(text);
    }
    cleanse(text);
  }

  [[nodiscard]] bool empty() const { return text_ == nullptr; }
  /// The secret; valid while this object exists.
  [[nodiscard]] std::string_view reveal() const {
    return text_ == nullptr ? std::string_view() : text_->view();
  }

  /// Performs `action` once, before the process holds its first secret.
  static void before_first(void (*action)()) { before_first_ = action; }

  /// Overwrites the characters of `text` and empties it; the compiler may not remove this.
  static void cleanse(std::string& text) {
    text.resize(text.capacity());  // a short string that was swapped out keeps its characters
    explicit_bzero(text.data(), text.size());
    text.clear();
  }

 private:
  class Text {
   public:
    explicit Text(std::string& text) { text_.swap(text); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;
    ~Text() { cleanse(text_); }
    [[nodiscard]] std::string_view view() const { return text_; }

   private:
    std::string text_;
  };

  // Named like the other members: NOLINTNEXTLINE(readability-identifier-naming)
  static inline std::atomic<void (*)()> before_first_ = nullptr;
  std::shared_ptr<const Text> text_;
};

/// Constant-time comparison: the time depends on the lengths only.
[[nodiscard]] inline bool same_secret(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         wire::equal_in_constant_time(left.data(), right.data(), left.size());
}

}  // namespace otatool
