// Reads the body of an upload form, multipart/form-data with one file, in pieces of any size and
// passes the file to a sink. No network, no heap, no copy of the file.
// Spec: RFC 7578, RFC 2046 5.1; espota.md 5.1.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::firmware {

enum class FormError : uint8_t {
  None,
  NotMultipart,  ///< another Content-Type, or a boundary that is missing or too long
  Length,        ///< no Content-Length, or the body is shorter or longer than it
  Boundary,      ///< the body does not begin with the boundary, or bytes follow a boundary
  Header,        ///< a part's header has too long a line or no Content-Disposition
  NoFile,        ///< the form has no file
  SecondFile,    ///< another part follows the file, so the announced size was wrong
  Sink,          ///< the sink returned false
};

/// A short text for people, never null.
const char* describe(FormError error);

/// Receives the file of a form. If a member returns false, reading ends with FormError::Sink.
class FormSink {
 public:
  /// The file begins. `size` assumes that only the closing boundary follows the file; this is
  /// checked at its end. Names end in NUL and are cut to kMaxFormName bytes.
  virtual bool on_file(const char* field, const char* file_name, uint32_t size) = 0;
  virtual bool on_bytes(const uint8_t* bytes, size_t length) = 0;
  /// All `size` bytes have been passed, and the form has ended with its closing boundary.
  virtual bool on_file_end() = 0;

 protected:
  ~FormSink() = default;
};

constexpr size_t kMaxFormName = 63;

class FormReader {
 public:
  explicit FormReader(FormSink& sink) : sink_(sink) {}

  /// Starts with the values of the request's Content-Type and Content-Length.
  FormError begin(const char* content_type, size_t length, uint64_t content_length);

  /// Reads the next bytes of the body. After an error, every further call returns it.
  FormError write(const uint8_t* bytes, size_t length);

  /// Ends the body: Length if bytes are missing, NoFile if there was no file. Only then the sink
  /// learns that the file is complete.
  FormError end();

  /// The whole file has been read.
  bool file_complete() const { return file_complete_; }

 private:
  enum class State : uint8_t { Opening, AfterBoundary, Header, Content, Epilogue };

  static constexpr size_t kMaxBoundary = 70;  ///< RFC 2046 5.1.1
  static constexpr size_t kMaxLine = 256;

  FormError read_byte(uint8_t byte);
  FormError read_opening(uint8_t byte);
  FormError read_after_boundary(uint8_t byte);
  FormError read_header(uint8_t byte);
  FormError read_content(uint8_t byte);
  FormError end_of_line();
  void read_disposition();
  FormError begin_content();
  FormError end_content();
  FormError deliver(const uint8_t* bytes, size_t length);
  size_t plain_run(const uint8_t* bytes, size_t length) const;

  FormSink& sink_;
  FormError error_ = FormError::NotMultipart;
  State state_ = State::Opening;
  uint64_t left_ = 0;                 ///< remaining bytes of the body
  char delimiter_[4 + kMaxBoundary];  ///< CR LF - - and the boundary
  size_t delimiter_length_ = 0;
  size_t matched_ = 0;  ///< bytes of the delimiter, or of the line after it, read so far
  char line_[kMaxLine];
  size_t line_length_ = 0;
  char field_[kMaxFormName + 1];
  char file_name_[kMaxFormName + 1];
  bool has_disposition_ = false;
  bool is_file_ = false;  ///< the current part is a file
  bool file_complete_ = false;
  uint32_t announced_ = 0;  ///< size of the file in bytes
  uint32_t delivered_ = 0;
};

}  // namespace otatool::firmware
