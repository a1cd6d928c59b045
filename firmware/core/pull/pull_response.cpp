#include "firmware/core/pull/pull_response.hpp"

#include "otatool/wire/ascii.hpp"
#include "otatool/wire/espota.hpp"

#include "firmware/core/digest/hex.hpp"
#include "firmware/core/flash_data.hpp"

namespace otatool::firmware {
namespace {

constexpr uint32_t kOk = 200;
constexpr uint32_t kNotModified = 304;
constexpr uint32_t kForbidden = 403;
constexpr uint32_t kNotFound = 404;

/// True if `text` begins with `prefix` (OTATOOL_FLASH_TEXT, lower case) in any case.
bool begins_with(const char* text, size_t length, const char* prefix, size_t& prefix_length) {
  char c = 0;
  for (prefix_length = 0; (c = byte_in_flash(prefix, prefix_length)) != '\0'; ++prefix_length) {
    if (prefix_length == length || wire::lower_case(text[prefix_length]) != c) {
      return false;
    }
  }
  return true;
}

bool is_space_or_tab(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

void PullResponse::begin() {
  *this = PullResponse();
}

size_t PullResponse::read(const uint8_t* bytes, size_t length) {
  size_t read = 0;
  while (read < length && offer_ == PullOffer::Incomplete) {
    const char c = static_cast<char>(bytes[read++]);
    if (++header_length_ > kMaxHeader) {
      offer_ = PullOffer::Malformed;
    } else if (c == '\n') {
      offer_ = end_line();
      line_length_ = 0;
    } else {
      if (line_length_ < kMaxLine) {
        line_[line_length_] = c;
      }
      ++line_length_;
    }
  }
  return read;
}

PullOffer PullResponse::end_line() {
  if (line_length_ > kMaxLine) {
    // Only the status decides at its line; a long one has a long reason.
    return status_ == 0 ? read_status() : PullOffer::Incomplete;
  }
  if (line_length_ != 0 && line_[line_length_ - 1] == '\r') {
    --line_length_;
  }
  if (status_ == 0) {
    return read_status();
  }
  return line_length_ == 0 ? end_header() : read_field();
}

PullOffer PullResponse::read_status() {
  constexpr size_t kDigits = 3;
  size_t at = 0;
  const size_t length = line_length_ < kMaxLine ? line_length_ : kMaxLine;
  if (!begins_with(line_, length, OTATOOL_FLASH_TEXT("http/1."), at)) {
    return PullOffer::Malformed;
  }
  at += 2;  // one digit and a blank
  if (length < at + kDigits || !is_space_or_tab(line_[at - 1]) ||
      (length > at + kDigits && !is_space_or_tab(line_[at + kDigits]))) {
    return PullOffer::Malformed;
  }
  wire::detail::Reader reader(line_ + at, kDigits);
  const bool whole = reader.number(999, status_) && reader.at_line_end() && status_ >= 100;
  return whole ? PullOffer::Incomplete : PullOffer::Malformed;
}

PullOffer PullResponse::read_field() {
  size_t at = 0;
  if (begins_with(line_, line_length_, OTATOOL_FLASH_TEXT("transfer-encoding:"), at)) {
    has_coding_ = true;
    return PullOffer::Incomplete;
  }
  const bool is_size = begins_with(line_, line_length_, OTATOOL_FLASH_TEXT("content-length:"), at);
  if (!is_size && !begins_with(line_, line_length_, OTATOOL_FLASH_TEXT("x-md5:"), at)) {
    return PullOffer::Incomplete;
  }
  size_t end = line_length_;
  while (at < end && is_space_or_tab(line_[at])) {
    ++at;
  }
  while (at < end && is_space_or_tab(line_[end - 1])) {
    --end;
  }
  return is_size ? read_size(line_ + at, end - at) : read_md5(line_ + at, end - at);
}

PullOffer PullResponse::read_size(const char* value, size_t length) {
  wire::detail::Reader reader(value, length);
  const bool valid = !has_size_ && reader.number(0xFFFFFFFF, size_) && reader.at_line_end();
  has_size_ = true;
  return valid ? PullOffer::Incomplete : PullOffer::Malformed;
}

PullOffer PullResponse::read_md5(const char* value, size_t length) {
  const bool valid = !has_md5_ && length == 2 * sizeof(md5_) && from_hex(value, sizeof(md5_), md5_);
  has_md5_ = true;
  return valid ? PullOffer::Incomplete : PullOffer::Malformed;
}

PullOffer PullResponse::end_header() const {
  if (status_ == kNotModified || status_ == kForbidden || status_ == kNotFound) {
    return PullOffer::None;
  }
  if (status_ != kOk) {
    return PullOffer::Status;
  }
  if (has_coding_ || size_ == 0) {
    return PullOffer::NoLength;
  }
  return has_md5_ ? PullOffer::Update : PullOffer::NoMd5;
}

}  // namespace otatool::firmware
