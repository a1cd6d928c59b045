// Answers of a device to a form: each challenge that parses is answered in one line with all values
// quoted, and a verdict is a success only if the body says so.
#include <string>
#include <string_view>

#include "otatool/http/authorization.hpp"
#include "otatool/http/form_verdict.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using otatool::fuzz::FuzzInput;
using otatool::fuzz::require;

void check_challenges(std::string_view header) {
  const auto challenges = http::parse_challenges(header);
  require(challenges.size() <= header.size(), "challenges need input");
  const auto best = http::strongest(challenges);
  require(best.has_value() == !challenges.empty(), "one challenge is the strongest");
  for (const http::AuthChallenge& challenge : challenges) {
    if (challenge.scheme == http::AuthScheme::Digest) {
      const http::Login login{"user", Secret("password")};
      const std::string response =
          http::digest_authorization(challenge, login, {"POST", "/update", "c", 1});
      require(response.find("password") == std::string::npos ||
                  header.find("password") != std::string_view::npos,
              "a digest hides the password");
      const auto again = http::parse_challenges(response);
      require(again.size() == 1 && again.front().nonce == challenge.nonce &&
                  again.front().realm == challenge.realm,
              "an response can be read and repeats nonce and realm");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const unsigned status = input.flag() ? 200U : input.word() % 1000U;
  const std::string text = input.text(size < 2 ? 0 : size - 2);
  check_challenges(text);
  const bool with_password = input.flag();
  const auto families = http::families();
  const std::size_t family = input.byte() % (families.size() + 1);
  const auto error =
      http::check_response({.status = status,
                            .body = text,
                            .with_password = with_password,
                            .image_size = 1000,
                            .family = family == 0 ? http::Family::Unknown : families[family - 1]});
  if (!error) {
    require(status >= 200 && status < 300, "success needs a success status");
    require(http::says_success(text) || text.find("OK") != std::string::npos ||
                text.find('{') != std::string::npos,
            "success needs its words");
  } else {
    require(error->message().size() < 400, "a quote is short");
  }
  return 0;
}
