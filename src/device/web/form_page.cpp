#include "device/web/form_page.hpp"

namespace otatool::device {
namespace {

constexpr std::string_view kPage =
    "<!DOCTYPE html>\n<html><head><title>Update</title></head><body>\n"
    "<form method='POST' action='' enctype='multipart/form-data'>Firmware:<br>\n"
    "<input type='file' accept='.bin,.bin.gz' name='firmware'>"
    "<input type='submit' value='Update Firmware'></form>\n"
    "<form method='POST' action='' enctype='multipart/form-data'>FileSystem:<br>\n"
    "<input type='file' accept='.bin,.bin.gz' name='filesystem'>"
    "<input type='submit' value='Update FileSystem'></form>\n</body></html>\n";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

std::string answer_text(std::string_view status, std::string_view body, std::string_view more) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n" + std::string(more) + "\r\n" + std::string(body);
}

std::string not_found_answer(std::string_view target) {
  return answer_text("404 Not Found", "Not found: " + escaped(target) + "\n");
}

std::string paused_answer(std::chrono::milliseconds pause) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(pause).count();
  return answer_text("429 Too Many Requests",
                     "Too many wrong passwords\n",
                     "Retry-After: " + std::to_string(seconds) + "\r\n");
}

std::string form_page() {
  return answer_text("200 OK", kPage);
}

std::string success_answer() {
  return answer_text(
      "200 OK", "<META http-equiv=\"refresh\" content=\"15;URL=/\">Update Success! Rebooting...");
}

std::string failure_answer(std::string_view words) {
  return answer_text("200 OK", "Update error: " + std::string(words) + "\r\n");
}

}  // namespace otatool::device
