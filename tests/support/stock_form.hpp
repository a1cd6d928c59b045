// The upload pages of the stock cores, ESP8266HTTPUpdateServer and HTTPUpdateServer of the ESP32,
// with the quirks of their parsers (espota.md 5.1, 5.2). Reads one request from a source of bytes
// and answers it; owns no socket and shares no code with otatool.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace otatool::testing {

enum class FormCore { Esp8266, Esp32 };
enum class FormAuth { Basic, Digest };

struct StockFormSetup {
  FormCore core = FormCore::Esp8266;
  std::string user;  ///< both non-empty: the form is protected
  std::string password;
  FormAuth auth = FormAuth::Basic;
  bool open_page = false;  ///< only the POST is protected
  std::string error;       ///< the update fails with this text, which the form reports at the end
  std::string status_line = "200 OK";  ///< status of the verdict; stock forms always answer 200
  std::optional<std::string> body;     ///< replaces the stock verdict page
  bool with_length = true;             ///< answers have a Content-Length
};

/// The contents of a POST.
struct FormPost {
  std::string field;
  std::string file_name;
  std::string content;
  std::string auth = "none";  ///< `basic`, `digest`, `none` or `wrong`
  bool origin_right = false;  ///< equals `http://` and the Host
  bool expects = false;       ///< has an Expect field, which stock servers ignore
  bool whole = false;         ///< the closing boundary was found
};

struct FormReply {
  std::string text;       ///< the complete answer
  bool restarts = false;  ///< the image was accepted
  std::optional<FormPost> post;
};

class StockForm {
 public:
  /// The next byte of the request; nothing if the peer has closed the connection or sends nothing
  /// for too long.
  using ByteSource = std::function<std::optional<char>()>;

  explicit StockForm(StockFormSetup setup) : setup_(std::move(setup)) {}

  /// Serves one request; nothing if it broke off.
  std::optional<FormReply> serve(const ByteSource& next);

 private:
  using Fields = std::map<std::string, std::string, std::less<>>;

  [[nodiscard]] bool protects() const { return !setup_.user.empty() && !setup_.password.empty(); }
  [[nodiscard]] std::string judge_auth(std::string_view method, const Fields& fields) const;
  [[nodiscard]] FormReply refuse();
  [[nodiscard]] std::string answer(std::string_view status,
                                   std::string_view more,
                                   std::string_view body) const;
  FormReply take_post(const Fields& fields, const ByteSource& next);
  [[nodiscard]] FormReply verdict_on(FormPost post) const;

  StockFormSetup setup_;
  std::string nonce_ = "0";
  unsigned nonces_ = 0;
};

}  // namespace otatool::testing
