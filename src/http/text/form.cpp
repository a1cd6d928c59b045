#include "otatool/http/form.hpp"

#include <algorithm>
#include <functional>

#include "otatool/ascii.hpp"

namespace otatool::http {
namespace {

constexpr std::size_t kLongestName = 60;
constexpr const char* kFileType = "application/octet-stream";
constexpr const char* kDisposition = "\r\nContent-Disposition: form-data; name=\"";

bool is_plain(char c) {
  return is_digit(c) || is_letter(c) || c == '.' || c == '-' || c == '_';
}

}  // namespace

std::string boundary_from(std::span<const std::uint8_t, kBoundarySeed> seed) {
  return "otatool-" + to_hex(seed);
}

bool occurs_in(std::string_view boundary, Bytes image) {
  const std::string_view text = as_text(image);
  const std::boyer_moore_horspool_searcher searcher(boundary.begin(), boundary.end());
  return std::search(text.begin(), text.end(), searcher) != text.end();
}

Form make_form(const FormContent& content, std::string_view boundary) {
  Form form;
  if (content.raw) {
    form.content_type = kFileType;
    return form;
  }
  const std::string mark = "--" + std::string(boundary);
  form.content_type = "multipart/form-data; boundary=" + std::string(boundary);
  for (const TextPart& part : content.parts) {
    form.head += mark + kDisposition + part.name + "\"\r\n\r\n" + part.value + "\r\n";
  }
  form.head += mark + kDisposition + content.field + "\"; filename=\"" + content.file_name +
               "\"\r\nContent-Type: " + kFileType + "\r\n\r\n";
  form.tail = "\r\n" + mark + "--\r\n";
  return form;
}

std::string form_file_name(std::string_view path) {
  std::string name(path.substr(path.rfind('/') + 1));
  std::ranges::replace_if(
      name, [](char c) { return !is_plain(c); }, '_');
  if (name.size() > kLongestName) {
    name.erase(0, name.size() - kLongestName);
  }
  return name.empty() || name == "-" ? "image.bin" : name;
}

}  // namespace otatool::http
