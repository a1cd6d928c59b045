// The body of a browser's upload form, multipart/form-data with one file, taken in pieces of any
// size: the image goes to a sink as it comes. No network, no heap, no copy of the image.
// Spec: RFC 7578, RFC 2046 5.1; espota.md 5.1.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::firmware {

enum class FormError : uint8_t {
  None,
  NotMultipart,  ///< the Content-Type is another one, or its boundary is missing or too long
  Length,        ///< the Content-Length is missing, or the body is shorter or longer than it says
  Boundary,      ///< the body does not begin with the boundary, or something follows one
  Header,        ///< the header of a part has a line that is too long, or no Content-Disposition
  NoFile,        ///< the form ended without a file
  SecondFile,    ///< something follows the file, so that its size could not be known in advance
  Sink,          ///< the sink refused
};

/// A few words for people, never null.
const char* describe(FormError error);

/// Takes the file of a form. Where a member returns false, reading ends with FormError::Sink.
class FormSink {
 public:
  /// The file begins. `size` is right if nothing but the closing boundary follows the file, which
  /// is checked at its end. Names end in NUL and are cut to kMaxFormName bytes.
  virtual bool on_file(const char* field, const char* file_name, uint32_t size) = 0;
  virtual bool on_bytes(const uint8_t* bytes, size_t length) = 0;
  /// All `size` bytes were there.
  virtual bool on_file_end() = 0;

 protected:
  ~FormSink() = default;
};

constexpr size_t kMaxFormName = 63;

class FormReader {
 public:
  explicit FormReader(FormSink& sink) : sink_(sink) {}

  /// Starts with the header fields of a request: the value of Content-Type and Content-Length.
  FormError begin(const char* content_type, size_t length, uint64_t content_length);

  /// Takes the next bytes of the body. After an error everything further fails with it.
  FormError write(const uint8_t* bytes, size_t length);

  /// The body is over: Length when bytes are missing, NoFile when there was none.
  FormError end();

  /// The file was whole, whatever follows.
  bool file_complete() const { return file_complete_; }

 private:
  enum class State : uint8_t { Opening, AfterBoundary, Header, Content, Epilogue };

  static constexpr size_t kMaxBoundary = 70;  ///< RFC 2046 5.1.1
  static constexpr size_t kMaxLine = 256;

  FormError take(uint8_t byte);
  FormError take_opening(uint8_t byte);
  FormError take_after_boundary(uint8_t byte);
  FormError take_header(uint8_t byte);
  FormError take_content(uint8_t byte);
  FormError end_of_line();
  void read_disposition();
  FormError begin_content();
  FormError end_content();
  FormError deliver(const uint8_t* bytes, size_t length);
  size_t plain_run(const uint8_t* bytes, size_t length) const;

  FormSink& sink_;
  FormError error_ = FormError::NotMultipart;  ///< until begin() was called
  State state_ = State::Opening;
  uint64_t left_ = 0;                 ///< bytes of the body that are still to come
  char delimiter_[4 + kMaxBoundary];  ///< CR LF - - and the boundary
  size_t delimiter_length_ = 0;
  size_t matched_ = 0;  ///< bytes of the delimiter, or of its end, seen so far
  char line_[kMaxLine];
  size_t line_length_ = 0;
  char field_[kMaxFormName + 1];
  char file_name_[kMaxFormName + 1];
  bool has_disposition_ = false;
  bool is_file_ = false;  ///< the part under way is one
  bool file_complete_ = false;
  uint32_t announced_ = 0;  ///< bytes of the file
  uint32_t delivered_ = 0;
};

}  // namespace otatool::firmware
