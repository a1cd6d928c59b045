#include "http/rules/refusals.hpp"

#include <fmt/format.h>

#include "http/rules/request_head.hpp"

namespace otatool::http {
namespace {

constexpr std::string_view kAllowed = "GET, HEAD, OPTIONS";

}  // namespace

Response refuse_method(std::string_view method) {
  if (!is_known_method(method)) {
    return plain_response(501, "unknown method");
  }
  Response response = plain_response(405, "only GET and HEAD are allowed");
  if (method == "OPTIONS") {
    response = Response();
  }
  response.fields.push_back({"Allow", std::string(kAllowed)});
  return response;
}

Response refuse_login(const LoginResult& login, std::string_view realm) {
  switch (login.outcome) {
    case LoginResult::Outcome::Delayed:
    case LoginResult::Outcome::Busy: {
      const bool delayed = login.outcome == LoginResult::Outcome::Delayed;
      Response response =
          delayed
              ? plain_response(429, "too many wrong passwords from this address, try again later")
              : plain_response(503, "too many logins at once, try again later");
      response.fields.push_back({"Retry-After", std::to_string(login.wait.count())});
      return response;
    }
    default: {
      Response response =
          plain_response(401,
                         login.outcome == LoginResult::Outcome::Wrong ? "wrong user or password"
                                                                      : "no user and password");
      response.fields.push_back(
          {"WWW-Authenticate", fmt::format("Basic realm=\"{}\", charset=\"UTF-8\"", realm)});
      return response;
    }
  }
}

Response missing_file(const std::string& refusal, bool exhausted) {
  Response response = exhausted ? plain_response(503, "the server is busy, try again later")
                                : plain_response(404, "no such file");
  if (exhausted) {
    response.fields.push_back({"Retry-After", "10"});
  }
  if (!refusal.empty()) {
    response.account.reason = refusal;
  }
  return response;
}

Response refuse_update() {
  Response response = plain_response(404, "this server has no rules: ask for an image by its name");
  response.account.verdict = Verdict::NotForYou;
  return response;
}

}  // namespace otatool::http
