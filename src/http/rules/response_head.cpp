#include <array>
#include <fmt/format.h>
#include <utility>

#include "otatool/http/site.hpp"

#include "http/text/http_date.hpp"

namespace otatool::http {
namespace {

constexpr std::array<std::pair<unsigned, std::string_view>, 19> kReasons = {{
    {200, "OK"},
    {206, "Partial Content"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {416, "Range Not Satisfiable"},
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

std::string response_head(const Response& response,
                          bool http11,
                          bool keep_alive,
                          std::int64_t now) {
  std::string head = fmt::format("HTTP/1.{} {} {}\r\nServer: otatool\r\nDate: {}\r\n",
                                 http11 ? 1 : 0,
                                 response.status,
                                 reason_of(response.status),
                                 format_date(now));
  for (const OwnedField& field : response.fields) {
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  // RFC 9110 8.6 allows a 304 without a length; some clients wait for that many bytes.
  if (response.status != 304) {
    head += fmt::format("Content-Length: {}\r\n", response.length);
  }
  if (keep_alive != http11) {
    head += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace otatool::http
