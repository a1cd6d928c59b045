#include "firmware/core/form_reader.hpp"

#include <string.h>

#include "otatool/wire/ascii.hpp"

namespace otatool::firmware {
namespace {

constexpr size_t kMarkLength = 4;    // CR LF - -
constexpr size_t kClosingExtra = 4;  // - - CR LF after the last boundary

/// Ignores the case of `text`; `word` is in lower case.
bool begins_with(const char* text, size_t length, const char* word) {
  const size_t wanted = strlen(word);
  if (length < wanted) {
    return false;
  }
  for (size_t i = 0; i < wanted; ++i) {
    if (wire::lower_case(text[i]) != word[i]) {
      return false;
    }
  }
  return true;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Iterates over `name=value` and `name="value"` pairs separated by ';'.
class Parameters {
 public:
  Parameters(const char* text, size_t length) : text_(text), length_(length) {}

  /// Finds the next parameter; false at the end.
  bool next() {
    skip(';');
    name_ = text_ + at_;
    while (at_ < length_ && text_[at_] != '=' && text_[at_] != ';') {
      ++at_;
    }
    name_length_ = static_cast<size_t>(text_ + at_ - name_);
    if (name_length_ == 0 && at_ >= length_) {
      return false;
    }
    if (at_ < length_ && text_[at_] == '=') {
      ++at_;
    }
    return true;
  }
  bool is(const char* name) const {
    return name_length_ == strlen(name) && begins_with(name_, name_length_, name);
  }
  /// Copies the value, cut to `capacity`; returns its full length. Call once after next().
  size_t value(char* out, size_t capacity) {
    size_t count = 0;
    const bool quoted = at_ < length_ && text_[at_] == '"';
    at_ += quoted ? 1 : 0;
    while (at_ < length_ &&
           (quoted ? text_[at_] != '"' : text_[at_] != ';' && !is_blank(text_[at_]))) {
      if (quoted && text_[at_] == '\\' && at_ + 1 < length_) {
        ++at_;
      }
      if (count < capacity) {
        out[count] = text_[at_];
      }
      ++count;
      ++at_;
    }
    at_ += quoted && at_ < length_ ? 1 : 0;
    return count;
  }
  void skip_value() { value(nullptr, 0); }

 private:
  void skip(char separator) {
    while (at_ < length_ && (is_blank(text_[at_]) || text_[at_] == separator)) {
      ++at_;
    }
  }

  const char* text_;
  size_t length_;
  size_t at_ = 0;
  const char* name_ = nullptr;
  size_t name_length_ = 0;
};

void copy_name(Parameters& parameters, char* name) {
  const size_t length = parameters.value(name, kMaxFormName);
  name[length < kMaxFormName ? length : kMaxFormName] = '\0';
}

}  // namespace

const char* describe(FormError error) {
  switch (error) {
    case FormError::None:
      return "No Error";
    case FormError::NotMultipart:
      return "Not a multipart form";
    case FormError::Length:
      return "Length of the form is missing or wrong";
    case FormError::Boundary:
      return "Boundary of the form is wrong";
    case FormError::Header:
      return "Header of a form part is wrong";
    case FormError::NoFile:
      return "No file in the form";
    case FormError::SecondFile:
      return "The file is not the last part of the form";
    case FormError::Sink:
      return "File refused";
  }
  return "UNKNOWN";
}

FormError FormReader::begin(const char* content_type, size_t length, uint64_t content_length) {
  memcpy(delimiter_, "\r\n--", kMarkLength);
  state_ = State::Opening;
  left_ = content_length;
  matched_ = 2;  // the first boundary has no line before it
  line_length_ = 0;
  delimiter_length_ = 0;
  is_file_ = false;
  file_complete_ = false;
  error_ = FormError::NotMultipart;
  if (!begins_with(content_type, length, "multipart/form-data")) {
    return error_;
  }
  Parameters parameters(content_type, length);
  parameters.next();
  parameters.skip_value();
  while (parameters.next()) {
    if (!parameters.is("boundary")) {
      parameters.skip_value();
      continue;
    }
    const size_t size = parameters.value(delimiter_ + kMarkLength, kMaxBoundary);
    if (size != 0 && size <= kMaxBoundary &&
        memchr(delimiter_ + kMarkLength, '\r', size) == nullptr) {
      delimiter_length_ = kMarkLength + size;
      error_ = FormError::None;
    }
    break;
  }
  if (error_ == FormError::None && content_length == 0) {
    error_ = FormError::Length;
  }
  return error_;
}

FormError FormReader::write(const uint8_t* bytes, size_t length) {
  while (length != 0 && error_ == FormError::None) {
    if (left_ == 0) {
      return error_ = FormError::Length;
    }
    size_t count = plain_run(bytes, length);
    if (count != 0) {
      count = count < left_ ? count : static_cast<size_t>(left_);
      left_ -= count;
      error_ = deliver(bytes, count);
    } else {
      count = 1;
      --left_;
      error_ = read_byte(*bytes);
    }
    bytes += count;
    length -= count;
  }
  return error_;
}

/// The number of leading bytes that are surely content: none of them can start the delimiter.
size_t FormReader::plain_run(const uint8_t* bytes, size_t length) const {
  if (state_ != State::Content || matched_ != 0) {
    return 0;
  }
  const void* const end = memchr(bytes, '\r', length);
  return end == nullptr ? length : static_cast<size_t>(static_cast<const uint8_t*>(end) - bytes);
}

FormError FormReader::end() {
  if (error_ != FormError::None) {
    return error_;
  }
  if (left_ != 0 || state_ != State::Epilogue) {
    return error_ = FormError::Length;
  }
  if (!file_complete_) {
    return error_ = FormError::NoFile;
  }
  return error_ = sink_.on_file_end() ? FormError::None : FormError::Sink;
}

FormError FormReader::read_byte(uint8_t byte) {
  switch (state_) {
    case State::Opening:
      return read_opening(byte);
    case State::AfterBoundary:
      return read_after_boundary(byte);
    case State::Header:
      return read_header(byte);
    case State::Content:
      return read_content(byte);
    case State::Epilogue:
      break;
  }
  return FormError::None;
}

FormError FormReader::read_opening(uint8_t byte) {
  if (byte != static_cast<uint8_t>(delimiter_[matched_])) {
    return FormError::Boundary;
  }
  if (++matched_ == delimiter_length_) {
    matched_ = 0;
    state_ = State::AfterBoundary;
  }
  return FormError::None;
}

FormError FormReader::read_after_boundary(uint8_t byte) {
  const char c = static_cast<char>(byte);
  if (matched_ == 0 && is_blank(c)) {
    return FormError::None;
  }
  if (matched_ == 0 && (c == '\r' || c == '-')) {
    line_[0] = c;
    matched_ = 1;
    return FormError::None;
  }
  if (matched_ == 1 && line_[0] == '\r' && c == '\n') {
    matched_ = 0;
    if (file_complete_) {
      return FormError::SecondFile;
    }
    state_ = State::Header;
    line_length_ = 0;
    has_disposition_ = false;
    is_file_ = false;
    return FormError::None;
  }
  if (matched_ == 1 && line_[0] == '-' && c == '-') {
    matched_ = 0;
    state_ = State::Epilogue;
    return FormError::None;
  }
  return FormError::Boundary;
}

FormError FormReader::read_header(uint8_t byte) {
  if (byte == '\n') {
    return end_of_line();
  }
  if (line_length_ == sizeof(line_)) {
    return FormError::Header;
  }
  line_[line_length_++] = static_cast<char>(byte);
  return FormError::None;
}

FormError FormReader::end_of_line() {
  if (line_length_ == 0 || line_[line_length_ - 1] != '\r') {
    return FormError::Header;
  }
  --line_length_;
  if (line_length_ == 0) {
    return begin_content();
  }
  if (begins_with(line_, line_length_, "content-disposition:")) {
    read_disposition();
  }
  line_length_ = 0;
  return FormError::None;
}

void FormReader::read_disposition() {
  const size_t skipped = strlen("content-disposition:");
  Parameters parameters(line_ + skipped, line_length_ - skipped);
  field_[0] = '\0';
  is_file_ = false;
  has_disposition_ = true;
  while (parameters.next()) {
    if (parameters.is("name")) {
      copy_name(parameters, field_);
    } else if (parameters.is("filename")) {
      copy_name(parameters, file_name_);
      is_file_ = true;
    } else {
      parameters.skip_value();
    }
  }
}

FormError FormReader::begin_content() {
  if (!has_disposition_) {
    return FormError::Header;
  }
  state_ = State::Content;
  matched_ = 0;
  if (!is_file_) {
    return FormError::None;
  }
  const uint64_t closing = delimiter_length_ + kClosingExtra;
  if (left_ < closing || left_ - closing > 0xFFFFFFFFU) {
    return FormError::Length;
  }
  announced_ = static_cast<uint32_t>(left_ - closing);
  delivered_ = 0;
  return sink_.on_file(field_, file_name_, announced_) ? FormError::None : FormError::Sink;
}

FormError FormReader::deliver(const uint8_t* bytes, size_t length) {
  if (!is_file_ || length == 0) {
    return FormError::None;
  }
  if (length > announced_ - delivered_) {
    return FormError::Length;
  }
  delivered_ += static_cast<uint32_t>(length);
  return sink_.on_bytes(bytes, length) ? FormError::None : FormError::Sink;
}

FormError FormReader::read_content(uint8_t byte) {
  if (byte == static_cast<uint8_t>(delimiter_[matched_])) {
    if (++matched_ < delimiter_length_) {
      return FormError::None;
    }
    matched_ = 0;
    state_ = State::AfterBoundary;
    return end_content();
  }
  // Only the first byte of the delimiter is CR, so a delimiter cannot start within the matched
  // part.
  const size_t content = matched_;
  matched_ = byte == '\r' ? 1 : 0;
  const FormError error = deliver(reinterpret_cast<const uint8_t*>(delimiter_), content);
  return error != FormError::None || matched_ != 0 ? error : deliver(&byte, 1);
}

FormError FormReader::end_content() {
  if (!is_file_) {
    return FormError::None;
  }
  if (delivered_ != announced_) {
    return FormError::SecondFile;
  }
  is_file_ = false;
  file_complete_ = true;
  return FormError::None;
}

}  // namespace otatool::firmware
