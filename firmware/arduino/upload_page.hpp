// An upload page for browsers, curl and `otatool push`, as ESP8266HTTPUpdateServer has it: reads
// one HTTP request at /update and says which answer is due. No sockets, no clock, no heap. Spec:
// espota.md 5.1.
#pragma once

#include "firmware/core/form_reader.hpp"
#include "firmware/core/guess_limit.hpp"
#include "firmware/core/port.hpp"

namespace otatool::arduino {

/// Takes the image. False: it is refused.
class UpdateTarget {
 public:
  /// `size` in bytes.
  virtual bool begin(wire::Command command, uint32_t size) = 0;
  virtual bool write(const uint8_t* bytes, size_t length) = 0;
  virtual bool end() = 0;
  virtual void cancel() = 0;

 protected:
  ~UpdateTarget() = default;
};

enum class PageAnswer : uint8_t {
  Pending,  ///< the request is not complete
  Form,     ///< the page
  Updated,  ///< the image is installed at the next start
  Failed,   ///< see UploadPage::reason()
  Unauthorized,
  Paused,  ///< after wrong passwords
  NotFound,
  BadRequest,
};

class UploadPage final : firmware::FormSink {
 public:
  explicit UploadPage(UpdateTarget& target) : target_(target), form_(*this) {}

  /// The user and password of HTTP Basic, together at most kMaxCredentials bytes; longer ones match
  /// nothing. Without a call, everybody may upload.
  void set_credentials(const char* user, const char* password);

  /// Begins a request from this address. `now`: milliseconds of a counter that may wrap.
  void begin(const firmware::Endpoint& from, uint32_t now);
  /// Reads the next bytes, in pieces of any size. After an answer, further bytes change nothing.
  PageAnswer write(const uint8_t* bytes, size_t length);
  /// The connection has ended: cancels an update that is not complete.
  void end();
  /// Why the form was refused; empty if the target refused the image.
  const char* reason() const;

  static constexpr size_t kMaxCredentials = 90;

 private:
  enum class State : uint8_t { RequestLine, Fields, Body, Answered };

  bool on_file(const char* field, const char* file_name, uint32_t size) override;
  bool on_bytes(const uint8_t* bytes, size_t length) override;
  bool on_file_end() override;
  void read_head(uint8_t byte);
  void end_line();
  void read_request_line();
  void read_field();
  void begin_body();
  PageAnswer judge();
  bool is_authorized();
  void answer(PageAnswer answer);

  static constexpr size_t kMaxLine = 200;
  static constexpr size_t kMaxName = 80;
  /// Base64 has 4 characters for each 3 bytes begun of `user:password`.
  static constexpr size_t kMaxEncoded = (kMaxCredentials + 1 + 2) / 3 * 4;

  UpdateTarget& target_;
  firmware::FormReader form_;
  firmware::GuessLimit guesses_;
  char expected_[sizeof("Basic ") + kMaxEncoded] = {};  ///< "Basic ..."; empty: open
  firmware::Endpoint from_{};
  uint32_t now_ = 0;
  State state_ = State::Answered;
  PageAnswer answer_ = PageAnswer::Pending;
  firmware::FormError error_ = firmware::FormError::None;
  bool post_ = false;
  bool found_ = false;
  bool updating_ = false;
  bool has_authorization_ = false;
  bool authorized_ = false;
  PageAnswer refusal_ = PageAnswer::Pending;  ///< given after the body, which is not used
  uint32_t body_left_ = 0;
  char line_[kMaxLine + 1];
  size_t line_length_ = 0;
  char content_type_[kMaxLine + 1];
  char origin_[kMaxName + 1];
  char host_[kMaxName + 1];
};

}  // namespace otatool::arduino
