// DNS messages for tests: builds queries byte by byte and prints answers as lines of text. Shares
// no code with the code under test.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::firmware::testing {

inline constexpr std::uint16_t kA = 1;
inline constexpr std::uint16_t kPtr = 12;
inline constexpr std::uint16_t kTxt = 16;
inline constexpr std::uint16_t kAaaa = 28;
inline constexpr std::uint16_t kSrv = 33;
inline constexpr std::uint16_t kAny = 255;

inline std::string big_endian(std::uint32_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = size; i > 0; --i) {
    bytes.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xFFU));
  }
  return bytes;
}

/// A dotted name in wire format; its labels contain no dot.
inline std::string wire_name(std::string_view dotted) {
  std::string bytes;
  while (!dotted.empty()) {
    const std::string_view label = dotted.substr(0, dotted.find('.'));
    bytes.push_back(static_cast<char>(label.size()));
    bytes += label;
    dotted.remove_prefix(std::min(dotted.size(), label.size() + 1));
  }
  bytes.push_back('\0');
  return bytes;
}

/// Builds a query.
class DnsQuery {
 public:
  explicit DnsQuery(std::uint16_t query_id = 0, std::uint16_t query_flags = 0)
      : id(query_id), flags(query_flags) {}

  std::uint16_t id;
  std::uint16_t flags;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::string body;

  DnsQuery& ask_raw(std::string_view name, std::uint16_t type, std::uint16_t question_class = 1) {
    ++questions;
    body += std::string(name) + big_endian(type, 2) + big_endian(question_class, 2);
    return *this;
  }
  DnsQuery& ask(std::string_view name, std::uint16_t type, std::uint16_t question_class = 1) {
    return ask_raw(wire_name(name), type, question_class);
  }
  DnsQuery& know(std::string_view name, std::uint16_t type, std::uint32_t ttl, std::string data) {
    ++answers;
    body += wire_name(name) + big_endian(type, 2) + big_endian(1, 2) + big_endian(ttl, 4) +
            big_endian(static_cast<std::uint32_t>(data.size()), 2) + data;
    return *this;
  }
  /// Adds a record of a probe. Call after all know().
  DnsQuery& claim(std::string_view name, std::uint16_t type, const std::string& data) {
    know(name, type, 120, data);
    --answers;
    ++authorities;
    return *this;
  }
  [[nodiscard]] std::string bytes() const {
    return big_endian(id, 2) + big_endian(flags, 2) + big_endian(questions, 2) +
           big_endian(answers, 2) + big_endian(authorities, 2) + big_endian(0, 2) + body;
  }
};

/// Reads a response; throws std::runtime_error if it is not a valid DNS message.
class DnsAnswer {
 public:
  explicit DnsAnswer(std::string bytes) : bytes_(std::move(bytes)) {
    id = number(2);
    flags = number(2);
    const std::uint32_t question_count = number(2);
    const std::uint32_t answer_count = number(2);
    const std::uint32_t authority_count = number(2);
    const std::uint32_t additional_count = number(2);
    for (std::uint32_t i = 0; i < question_count; ++i) {
      const std::string asked = name();
      const std::uint32_t type = number(2);
      questions.push_back(asked + " " + std::to_string(type) + " " + std::to_string(number(2)));
    }
    for (std::uint32_t i = 0; i < answer_count; ++i) {
      answers.push_back(record());
    }
    for (std::uint32_t i = 0; i < authority_count; ++i) {
      authorities.push_back(record());
    }
    for (std::uint32_t i = 0; i < additional_count; ++i) {
      additional.push_back(record());
    }
    check(at_ == bytes_.size());
  }

  std::uint32_t id = 0;
  std::uint32_t flags = 0;
  std::vector<std::string> questions;  ///< `name type class`
  /// `name type class ttl data`; class 32769 has the cache-flush bit; TXT strings are in brackets.
  std::vector<std::string> answers;
  std::vector<std::string> authorities;
  std::vector<std::string> additional;

 private:
  static void check(bool holds) {
    if (!holds) {
      throw std::runtime_error("not a DNS message");
    }
  }
  std::uint32_t number(std::size_t size) {
    check(bytes_.size() - at_ >= size);
    std::uint32_t value = 0;
    for (; size > 0; --size) {
      value = value << 8U | static_cast<std::uint8_t>(bytes_[at_++]);
    }
    return value;
  }
  std::string name() {
    std::string text;
    std::size_t after = 0;
    for (int steps = 0; steps < 64; ++steps) {
      const std::uint32_t size = number(1);
      if (size >= 0xC0) {
        const std::size_t target = (size & 0x3FU) << 8U | number(1);
        after = after == 0 ? at_ : after;
        check(target < at_ - 2);
        at_ = target;
      } else if (size == 0) {
        at_ = after == 0 ? at_ : after;
        return text;
      } else {
        check(size < 64 && bytes_.size() - at_ >= size);
        text += (text.empty() ? "" : ".") + bytes_.substr(at_, size);
        at_ += size;
      }
    }
    throw std::runtime_error("endless name");
  }
  std::string record() {
    std::string line = name();
    const std::uint32_t type = number(2);
    line += " " + std::to_string(type);
    line += " " + std::to_string(number(2));
    line += " " + std::to_string(number(4)) + " ";
    const std::size_t length = number(2);
    const std::size_t end = at_ + length;
    check(end <= bytes_.size());
    if (type == kPtr) {
      line += name();
    } else if (type == kSrv) {
      check(number(4) == 0);
      line += std::to_string(number(2)) + " ";
      line += name();
    } else if (type == kTxt) {
      while (at_ < end) {
        const std::size_t size = number(1);
        check(end - at_ >= size);
        line += "[" + bytes_.substr(at_, size) + "]";
        at_ += size;
      }
    } else {
      while (at_ < end) {
        line += (line.back() == ' ' ? "" : ".") + std::to_string(number(1));
      }
    }
    check(at_ == end);
    return line;
  }

  std::string bytes_;
  std::size_t at_ = 0;
};

}  // namespace otatool::firmware::testing
