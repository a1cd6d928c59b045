#include "otatool/http/form_request.hpp"

#include "otatool/version.hpp"

namespace otatool::http {
namespace {

std::string common_fields(const Url& url, std::string_view authorization) {
  std::string text = "Host: " + url.authority() + "\r\nUser-Agent: otatool/" +
                     std::string(kVersion) + "\r\nAccept: */*\r\nConnection: close\r\n";
  if (!authorization.empty()) {
    text += "Authorization: " + std::string(authorization) + "\r\n";
  }
  return text;
}

}  // namespace

std::string page_request(const Url& url, std::string_view authorization) {
  return "GET " + url.target + " HTTP/1.1\r\n" + common_fields(url, authorization) + "\r\n";
}

std::string form_request(const Url& url,
                         std::string_view authorization,
                         const Form& form,
                         std::uint64_t image_size,
                         std::string_view referer) {
  std::string text = "POST " + url.target + " HTTP/1.1\r\n" + common_fields(url, authorization);
  if (!referer.empty()) {
    text +=
        "Origin: " + url.origin() + "\r\nReferer: " + url.origin() + std::string(referer) + "\r\n";
  }
  return text + "Content-Type: " + form.content_type +
         "\r\nContent-Length: " + std::to_string(form.size(image_size)) + "\r\n\r\n";
}

}  // namespace otatool::http
