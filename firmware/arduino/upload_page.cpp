#include "firmware/arduino/upload_page.hpp"

#include <string.h>

#include "otatool/wire/ascii.hpp"
#include "otatool/wire/constant_time.hpp"

namespace otatool::arduino {
namespace {

constexpr char kOriginScheme[] = "http://";
constexpr char kBasic[] = "Basic ";

/// The value of a header line with this lower-case name and a colon, or null.
const char* value_of(const char* line, const char* name) {
  for (; *name != '\0'; ++line, ++name) {
    if (wire::lower_case(*line) != *name) {
      return nullptr;
    }
  }
  while (*line == ' ' || *line == '\t') {
    ++line;
  }
  return line;
}

/// Copies a value that fits into `size` bytes with its terminator; a longer one becomes empty.
void keep(const char* value, char* out, size_t size) {
  const size_t length = strlen(value);
  memcpy(out, value, length < size ? length : 0);
  out[length < size ? length : 0] = '\0';
}

bool read_number(const char* text, uint32_t& number) {
  number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) {
    if (number > 100'000'000) {
      return false;
    }
    number = 10 * number + static_cast<uint32_t>(*text - '0');
  }
  return *text == '\0';
}

/// RFC 4648; `out` holds 4 characters for each 3 bytes begun, and is terminated.
void encode_base64(const char* bytes, size_t length, char* out) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < length; i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < length ? static_cast<uint8_t>(bytes[i + j]) : 0U);
    }
    for (size_t j = 0; j < 4; ++j) {
      *out++ = i + j > length ? '=' : kDigits[group >> (18 - 6 * j) & 63];
    }
  }
  *out = '\0';
}

}  // namespace

void UploadPage::set_credentials(const char* user, const char* password) {
  char both[kMaxCredentials + 2];
  const size_t user_length = strlen(user);
  const size_t password_length = strlen(password);
  memcpy(expected_, kBasic, sizeof(kBasic));
  if (user_length + password_length > kMaxCredentials) {
    return;
  }
  for (size_t i = 0; i < user_length; ++i) {
    both[i] = user[i];
  }
  both[user_length] = ':';
  for (size_t i = 0; i < password_length; ++i) {
    both[user_length + 1 + i] = password[i];
  }
  encode_base64(both, user_length + 1 + password_length, expected_ + sizeof(kBasic) - 1);
}

void UploadPage::begin(const firmware::Endpoint& from, uint32_t now) {
  end();
  from_ = from;
  now_ = now;
  state_ = State::RequestLine;
  answer_ = refusal_ = PageAnswer::Pending;
  error_ = firmware::FormError::None;
  post_ = found_ = has_authorization_ = authorized_ = false;
  body_left_ = 0;
  line_length_ = 0;
  content_type_[0] = origin_[0] = host_[0] = '\0';
}

void UploadPage::end() {
  if (updating_) {
    target_.cancel();
    updating_ = false;
  }
}

const char* UploadPage::reason() const {
  return error_ == firmware::FormError::None || error_ == firmware::FormError::Sink
             ? ""
             : firmware::describe(error_);
}

PageAnswer UploadPage::write(const uint8_t* bytes, size_t length) {
  while (length != 0 && (state_ == State::RequestLine || state_ == State::Fields)) {
    read_head(*bytes++);
    --length;
  }
  if (state_ != State::Body) {
    return answer_;
  }
  const size_t count = length < body_left_ ? length : body_left_;
  if (refusal_ == PageAnswer::Pending && error_ == firmware::FormError::None) {
    error_ = form_.write(bytes, count);
  }
  body_left_ -= static_cast<uint32_t>(count);
  if (body_left_ == 0) {
    answer(judge());
  }
  return answer_;
}

void UploadPage::read_head(uint8_t byte) {
  if (byte != '\n') {
    // The rest of a longer line is cut: such a value matches nothing.
    if (line_length_ < kMaxLine) {
      line_[line_length_++] = static_cast<char>(byte);
    }
    return;
  }
  if (line_length_ != 0 && line_[line_length_ - 1] == '\r') {
    --line_length_;
  }
  line_[line_length_] = '\0';
  end_line();
  line_length_ = 0;
}

void UploadPage::end_line() {
  if (state_ == State::RequestLine) {
    read_request_line();
    state_ = State::Fields;
  } else if (line_length_ != 0) {
    read_field();
  } else {
    begin_body();
  }
}

void UploadPage::read_request_line() {
  post_ = strncmp(line_, "POST ", 5) == 0;
  const char* const path = post_ ? line_ + 5 : strncmp(line_, "GET ", 4) == 0 ? line_ + 4 : "";
  found_ = strncmp(path, "/update", 7) == 0 && (path[7] == ' ' || path[7] == '?');
}

void UploadPage::read_field() {
  if (const char* const type = value_of(line_, "content-type:")) {
    keep(type, content_type_, sizeof(content_type_));
  } else if (const char* const origin = value_of(line_, "origin:")) {
    // An origin that is too long matches no host.
    keep(origin, origin_, sizeof(origin_));
    if (origin_[0] == '\0') {
      keep("?", origin_, sizeof(origin_));
    }
  } else if (const char* const host = value_of(line_, "host:")) {
    keep(host, host_, sizeof(host_));
  } else if (const char* const size = value_of(line_, "content-length:")) {
    if (!read_number(size, body_left_)) {
      refusal_ = PageAnswer::BadRequest;
      body_left_ = 0;
    }
  } else if (const char* const authorization = value_of(line_, "authorization:")) {
    has_authorization_ = true;
    const size_t length = strlen(expected_);
    authorized_ = strlen(authorization) == length && length > sizeof(kBasic) - 1 &&
                  wire::equal_in_constant_time(authorization, expected_, length);
  }
}

bool UploadPage::is_authorized() {
  if (expected_[0] == '\0') {
    return true;
  }
  if (has_authorization_ && guesses_.pause_left(from_, now_) != 0) {
    refusal_ = PageAnswer::Paused;
    return false;
  }
  if (authorized_) {
    guesses_.right_answer();
    return true;
  }
  if (has_authorization_) {
    guesses_.wrong_answer(from_, now_);
  }
  refusal_ = PageAnswer::Unauthorized;
  return false;
}

// A refused body is read to its end: many clients do not look at an answer before.
void UploadPage::begin_body() {
  state_ = State::Body;
  if (refusal_ == PageAnswer::Pending && !found_) {
    refusal_ = PageAnswer::NotFound;
  }
  if (refusal_ == PageAnswer::Pending && is_authorized()) {
    const bool foreign = origin_[0] != '\0' && (strncmp(origin_, kOriginScheme, 7) != 0 ||
                                                strcmp(origin_ + 7, host_) != 0);
    refusal_ = !post_ ? PageAnswer::Form : foreign ? PageAnswer::BadRequest : PageAnswer::Pending;
  }
  if (refusal_ == PageAnswer::Pending) {
    error_ = form_.begin(content_type_, strlen(content_type_), body_left_);
  }
  if (body_left_ == 0) {
    answer(judge());
  }
}

PageAnswer UploadPage::judge() {
  if (refusal_ != PageAnswer::Pending) {
    return refusal_;
  }
  if (error_ == firmware::FormError::None) {
    error_ = form_.end();
  }
  if (error_ != firmware::FormError::None) {
    end();
    return PageAnswer::Failed;
  }
  return PageAnswer::Updated;
}

void UploadPage::answer(PageAnswer answer) {
  answer_ = answer;
  state_ = State::Answered;
}

bool UploadPage::on_file(const char* field, const char*, uint32_t size) {
  // Any other name means an application, as on stock pages.
  updating_ = target_.begin(
      strcmp(field, "filesystem") == 0 ? wire::Command::Filesystem : wire::Command::Flash, size);
  return updating_;
}

bool UploadPage::on_bytes(const uint8_t* bytes, size_t length) {
  return target_.write(bytes, length);
}

bool UploadPage::on_file_end() {
  updating_ = false;
  return target_.end();
}

}  // namespace otatool::arduino
