// The device's replies over TCP: decimal acks without delimiters, then `OK` or an error text. Acks
// arrive joined and split, so their values mean nothing; only letters carry the verdict.
// Freestanding C++17, no heap, no IO. Spec: espota.md 1.4, 2.1.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace otatool::wire {

/// Reads the replies in pieces of any size. `OK` or an error text ends them: any other letter
/// begins the error text, a line end or the end of the stream completes it.
class AckScanner {
 public:
  enum class State : uint8_t {
    Counting,   ///< only acks so far
    HalfOk,     ///< an `O`, which may begin `OK` or an error text
    Ok,         ///< the device accepted the image
    ErrorText,  ///< an error text is arriving
    Error,      ///< the error text is complete
  };
  static constexpr size_t kMaxErrorLength = 160;

  void feed(const char* bytes, size_t length) {
    for (size_t i = 0; i < length; ++i) {
      feed_one(bytes[i]);
    }
  }

  /// The stream has ended: completes an error text without a line end, also a single `O`.
  void finish() {
    if (state_ == State::HalfOk) {
      append('O');
      state_ = State::Error;
    } else if (state_ == State::ErrorText) {
      state_ = State::Error;
    }
  }

  State state() const { return state_; }
  bool decided() const { return state_ == State::Ok || state_ == State::Error; }
  /// A verdict is arriving or complete: nothing more needs to be sent.
  bool speaking() const { return state_ != State::Counting; }

  /// The error text without line end, at most kMaxErrorLength bytes, not terminated.
  const char* error_text() const { return text_; }
  size_t error_length() const { return text_length_; }

 private:
  void feed_one(char c) {
    switch (state_) {
      case State::Counting:
        if (c == 'O') {
          state_ = State::HalfOk;
        } else if (!is_count(c)) {
          append(c);
          state_ = State::ErrorText;
        }
        break;
      case State::HalfOk:
        if (c == 'K') {
          state_ = State::Ok;
          break;
        }
        append('O');
        state_ = State::ErrorText;
        feed_one(c);
        break;
      case State::ErrorText:
        if (c == '\n' || c == '\r') {
          state_ = State::Error;
        } else {
          append(c);
        }
        break;
      case State::Ok:
      case State::Error:
        break;
    }
  }
  static bool is_count(char c) {
    return (c >= '0' && c <= '9') || c == ' ' || c == '\r' || c == '\n' || c == '\t';
  }
  void append(char c) {
    if (text_length_ < kMaxErrorLength) {
      text_[text_length_++] = c;
    }
  }

  State state_ = State::Counting;
  size_t text_length_ = 0;
  char text_[kMaxErrorLength] = {};
};

}  // namespace otatool::wire
