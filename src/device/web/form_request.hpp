// One request to the upload page: header, login, form, update. No sockets.
#pragma once

#include <optional>
#include <string>

#include "device/receiver/flash_owner.hpp"
#include "device/web/form_auth.hpp"
#include "device/web/http_update.hpp"
#include "firmware/core/form_reader.hpp"
#include "firmware/core/guess_limit.hpp"
#include "http/client/beast_request.hpp"

namespace otatool::device {

/// What the requests of a page share.
struct FormShared {
  FlashOwner& owner;
  FormAuth auth;
  firmware::GuessLimit guesses{};
};

class FormRequest final : private firmware::FormSink {
 public:
  /// `from`: the client's address; `peer`: the same for messages.
  FormRequest(FormShared& shared, const firmware::Endpoint& from, const std::string& peer);

  http::RequestReader& reader() { return reader_; }
  HttpUpdate& update() { return update_; }
  /// The body is an upload that this client may make.
  [[nodiscard]] bool taken() const { return taken_; }
  /// The response to the complete request.
  [[nodiscard]] std::string response();

 private:
  bool on_file(const char* field, const char* name, std::uint32_t size) override;
  bool on_bytes(const std::uint8_t* bytes, std::size_t length) override;
  bool on_file_end() override { return update_.finish(); }

  void take_body(Bytes bytes);
  [[nodiscard]] std::string verdict();
  /// Once for each request: a Digest response is used up.
  [[nodiscard]] FormAuth::Login login();
  /// Only the ESP32's page checks the origin (espota.md 5.2).
  [[nodiscard]] bool origin_matches();

  FormShared& shared_;
  firmware::Endpoint from_;
  HttpUpdate update_;
  firmware::FormReader form_{*this};
  firmware::FormError form_error_ = firmware::FormError::None;
  bool begun_ = false;
  bool taken_ = false;
  std::optional<FormAuth::Login> login_;
  std::chrono::milliseconds pause_{};  ///< the address has to wait: nothing was judged
  http::RequestReader reader_;
};

}  // namespace otatool::device
