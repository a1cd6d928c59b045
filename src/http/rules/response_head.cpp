#include <array>
#include <string>
#include <utility>

#include "otatool/http/site.hpp"

#include "http/rules/document.hpp"
#include "http/text/http_date.hpp"

namespace otatool::http {
namespace {

/// Bytes that most heads have at most.
constexpr std::size_t kUsualHead = 512;

constexpr std::array<std::pair<unsigned, std::string_view>, 22> kReasons = {{
    {200, "OK"},
    {206, "Partial Content"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {416, "Range Not Satisfiable"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

std::string_view reason_of(unsigned status) {
  for (const auto& [code, words] : kReasons) {
    if (code == status) {
      return words;
    }
  }
  return "Other";
}

}  // namespace

Response plain_response(unsigned status, std::string_view line) {
  Response response;
  response.status = status;
  response.text = std::string(line) + "\n";
  response.length = response.text.size();
  response.fields = {{"Content-Type", "text/plain; charset=utf-8"}};
  response.account.reason = line;
  return response;
}

Response document(std::string_view type, std::string text) {
  Response response;
  response.text = std::move(text);
  response.length = response.text.size();
  response.fields = {{"Content-Type", std::string(type)},
                     {"Cache-Control", "no-store"},
                     {"X-Content-Type-Options", "nosniff"}};
  return response;
}

std::string response_head(const Response& response,
                          bool http11,
                          bool keep_alive,
                          std::int64_t now) {
  std::string head;
  head.reserve(kUsualHead);
  head.append(http11 ? "HTTP/1.1 " : "HTTP/1.0 ").append(std::to_string(response.status));
  head.append(" ").append(reason_of(response.status)).append("\r\nServer: otatool\r\nDate: ");
  head.append(format_date(now)).append("\r\n");
  for (const OwnedField& field : response.fields) {
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  // RFC 9110 8.6 allows a 304 without a length; some clients wait for that many bytes. A feed ends
  // with its connection.
  if (response.status != 304 && !response.feed) {
    head.append("Content-Length: ").append(std::to_string(response.length)).append("\r\n");
  }
  if (keep_alive != http11) {
    head += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace otatool::http
