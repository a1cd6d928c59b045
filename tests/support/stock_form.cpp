#include "tests/support/stock_form.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "tests/support/stock_digest.hpp"

namespace otatool::testing {
namespace {

constexpr std::string_view kPage =
    "<html><body><form method='POST' action='' enctype='multipart/form-data'>"
    "Firmware:<br><input type='file' name='firmware'><input type='submit'></form></body></html>";

std::string lower(std::string text) {
  std::ranges::transform(
      text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<std::string> read_line(const StockForm::ByteSource& next) {
  std::string line;
  while (const auto byte = next()) {
    if (*byte == '\n') {
      if (line.ends_with('\r')) {
        line.pop_back();
      }
      return line;
    }
    line.push_back(*byte);
  }
  return std::nullopt;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned value = 0;
  int bits = 0;
  for (const char c : bytes) {
    value = value << 8U | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) {
      text.push_back(kDigits[value >> (bits - 6) & 63U]);
    }
  }
  if (bits > 0) {
    text.push_back(kDigits[value << (6 - bits) & 63U]);
  }
  while (text.size() % 4 != 0) {
    text.push_back('=');
  }
  return text;
}

/// Extracts a parameter like the core: from the first occurrence of `name` to `end`.
std::string parameter(std::string_view header, std::string_view name, char end) {
  const std::size_t at = header.find(name);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::size_t from = at + name.size();
  const std::size_t to = header.find(end, from);
  return to == std::string_view::npos ? std::string() : std::string(header.substr(from, to - from));
}

/// Parses the header of the only part by the positions of `=` and quotes. False if it has another
/// form.
bool read_part_header(const StockForm::ByteSource& next, FormPost& post) {
  const auto disposition = read_line(next);
  if (!disposition || !disposition->starts_with("Content-Disposition: form-data;")) {
    return false;
  }
  const std::size_t first = disposition->find('=');
  const std::size_t second = disposition->find('=', first + 1);
  if (first == std::string::npos || second == std::string::npos) {
    return false;
  }
  const std::size_t name_end = disposition->find(';', first);
  post.field = disposition->substr(first + 2, name_end - first - 3);
  post.file_name = disposition->substr(second + 2, disposition->size() - second - 3);
  const auto type = read_line(next);
  const auto blank = read_line(next);
  return type && type->starts_with("Content-Type: ") && blank && blank->empty();
}

/// Reads the file. After CR LF - - it compares as many bytes as the boundary has; if they differ,
/// they are content and are not searched for a boundary again.
bool read_file(const StockForm::ByteSource& next, std::string_view boundary, std::string& content) {
  std::optional<char> byte = next();
  while (byte) {
    if (*byte != '\r') {
      content.push_back(*byte);
      byte = next();
      continue;
    }
    std::string seen = "\r";
    for (const char wanted : {'\n', '-', '-'}) {
      byte = next();
      if (!byte || *byte != wanted) {
        break;
      }
      seen.push_back(*byte);
    }
    if (!byte || seen.size() < 4) {
      content += seen;
      continue;
    }
    std::string compared;
    while (compared.size() < boundary.size() && (byte = next())) {
      compared.push_back(*byte);
    }
    if (compared == boundary) {
      return true;
    }
    content += seen + compared;
    byte = next();
  }
  return false;
}

}  // namespace

std::optional<FormReply> StockForm::serve(const ByteSource& next) {
  const auto request = read_line(next);
  if (!request) {
    return std::nullopt;
  }
  Fields fields;
  for (auto line = read_line(next);; line = read_line(next)) {
    if (!line) {
      return std::nullopt;
    }
    if (line->empty()) {
      break;
    }
    const std::size_t colon = line->find(':');
    const std::size_t value = line->find_first_not_of(' ', colon + 1);
    fields[lower(line->substr(0, colon))] = value == std::string::npos ? "" : line->substr(value);
  }
  const std::string method = request->substr(0, request->find(' '));
  const std::string path =
      request->substr(method.size() + 1, request->rfind(' ') - method.size() - 1);
  if (path != "/update") {
    return FormReply{answer("404 Not Found", "", "Not found: " + path), false, std::nullopt};
  }
  if (method == "POST") {
    return take_post(fields, next);
  }
  const std::string auth = judge_auth("GET", fields);
  if (protects() && !setup_.open_page && (auth == "none" || auth == "wrong")) {
    return refuse();
  }
  return FormReply{answer("200 OK", "", kPage), false, std::nullopt};
}

std::string StockForm::judge_auth(std::string_view method, const Fields& fields) const {
  const auto found = fields.find("authorization");
  if (found == fields.end()) {
    return "none";
  }
  const std::string& header = found->second;
  if (header.starts_with("Basic ")) {
    return setup_.auth == FormAuth::Basic &&
                   header.substr(6) == base64(setup_.user + ":" + setup_.password)
               ? "basic"
               : "wrong";
  }
  const std::string realm = parameter(header, "realm=\"", '"');
  const std::string nonce = parameter(header, "nonce=\"", '"');
  const std::string first = md5_text(setup_.user + ":" + realm + ":" + setup_.password);
  const std::string second = md5_text(std::string(method) + ":" + parameter(header, "uri=\"", '"'));
  const std::string wanted =
      md5_text(first + ":" + nonce + ":" + parameter(header, "nc=", ',') + ":" +
               parameter(header, "cnonce=\"", '"') + ":auth:" + second);
  const bool right = header.starts_with("Digest ") && nonce == nonce_ &&
                     parameter(header, "opaque=\"", '"') == "5ccc069c403ebaf9" &&
                     parameter(header, "username=\"", '"') == setup_.user &&
                     header.find("qop=auth") != std::string::npos &&
                     parameter(header, "response=\"", '"') == wanted;
  return right ? "digest" : "wrong";
}

FormReply StockForm::refuse() {
  std::string challenge = "Basic realm=\"Login Required\"";
  if (setup_.auth == FormAuth::Digest) {
    nonce_ = md5_text("nonce" + std::to_string(++nonces_));
    challenge = "Digest realm=\"Login Required\", qop=\"auth\", nonce=\"" + nonce_ +
                "\", opaque=\"5ccc069c403ebaf9\"";
  }
  return {answer("401 Unauthorized", "WWW-Authenticate: " + challenge + "\r\n", ""), false, {}};
}

std::string StockForm::answer(std::string_view status,
                              std::string_view more,
                              std::string_view body) const {
  std::string text = "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: text/html\r\n";
  if (setup_.with_length) {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text + std::string(more) + "Connection: close\r\n\r\n" + std::string(body);
}

FormReply StockForm::take_post(const Fields& fields, const ByteSource& next) {
  FormPost post;
  const auto field = [&](std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  };
  post.expects = fields.contains("expect");
  post.origin_right = !field("host").empty() && field("origin") == "http://" + field("host");
  const std::string type = field("content-type");
  const std::size_t mark = type.find("boundary=");
  if (!type.starts_with("multipart/") || mark == std::string::npos ||
      fields.contains("transfer-encoding")) {
    return {answer("400 Bad Request", "", "not a form"), false, post};
  }
  const std::string boundary = type.substr(mark + 9);
  if (read_line(next) != "--" + boundary || !read_part_header(next, post)) {
    return {answer("400 Bad Request", "", "not the form of a browser"), false, post};
  }
  post.whole = read_file(next, boundary, post.content);
  read_line(next);
  post.auth = judge_auth("POST", fields);
  if (!post.whole) {
    return {std::string(), false, post};
  }
  if (protects() && (post.auth == "none" || post.auth == "wrong")) {
    FormReply refusal = refuse();
    refusal.post = std::move(post);
    return refusal;
  }
  return verdict_on(std::move(post));
}

FormReply StockForm::verdict_on(FormPost post) const {
  std::string error = setup_.error;
  if (setup_.core == FormCore::Esp32 && !post.origin_right) {
    if (protects()) {
      return {answer("401 Unauthorized", "", ""), false, std::move(post)};
    }
    error = "Wrong origin received!";
  }
  const bool taken = error.empty() && !post.content.empty();
  std::string body = taken
                         ? "<META http-equiv=\"refresh\" content=\"15;URL=/\">Update Success! "
                           "Rebooting..."
                         : "Update error: " + (error.empty() ? "No data supplied" : error) + "\r\n";
  return {answer(setup_.status_line, "", setup_.body.value_or(body)), taken, std::move(post)};
}

}  // namespace otatool::testing
