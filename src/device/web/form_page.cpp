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

}  // namespace

std::string answer_text(std::string_view status, std::string_view body, std::string_view more) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n" + std::string(more) + "\r\n" + std::string(body);
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
