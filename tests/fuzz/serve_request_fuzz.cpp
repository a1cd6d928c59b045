// Requests to the update server, as lines of METHOD, TARGET and fields: every answer is
// well-formed, and no path outside the library is looked up.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "otatool/http/operations.hpp"
#include "otatool/http/site.hpp"

#include "http/rules/file_path.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/support/whole_text.hpp"

namespace {

using namespace otatool;
using fuzz::require;

constexpr std::uint64_t kSize = 100'000;

std::shared_ptr<http::ServedFile> make_file(http::FileKind kind) {
  auto file = std::make_shared<http::ServedFile>();
  file->name = "sketch.bin";
  file->kind = kind;
  file->whole = {.size_bytes = kSize,
                 .md5 = std::string(32, '1'),
                 .sha256 = std::string(64, '2'),
                 .content = nullptr};
  file->running_md5 = file->whole.md5;
  file->installed_size = kSize;
  return file;
}

class Shelf final : public http::Library {
 public:
  Shelf() {
    catalogue_->groups["lab"] = {"5C:CF:7F:*", "66051"};
    http::Rule rule{{}, make_file(http::FileKind::Firmware)};
    rule.manifest.image = "sketch.bin";
    rule.manifest.version = "1.10.0";
    rule.manifest.percent = 50;
    rule.manifest.matchers.groups = {"lab"};
    catalogue_->rules.push_back(rule);
    rule.manifest.matchers = {};
    rule.manifest.percent = 100;
    catalogue_->rules.push_back(rule);
    rule.file = make_file(http::FileKind::Filesystem);
    catalogue_->rules.push_back(rule);
  }

  std::shared_ptr<const http::Catalogue> catalogue() override { return catalogue_; }
  std::shared_ptr<const http::ServedFile> file(const std::string& path) override {
    require(http::is_plain_file_path(path), "only plain paths are looked up");
    return path == file_->name ? file_ : nullptr;
  }

 private:
  std::shared_ptr<http::Catalogue> catalogue_ = std::make_shared<http::Catalogue>();
  std::shared_ptr<const http::ServedFile> file_ = make_file(http::FileKind::Other);
};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Names and values without line ends, as from the parser.
std::vector<http::HeaderField> fields_of(const std::vector<std::string_view>& lines) {
  std::vector<http::HeaderField> fields;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const std::size_t colon = std::min(lines[i].find(':'), lines[i].size());
    std::string_view value = lines[i].substr(std::min(colon + 1, lines[i].size()));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    fields.push_back({lines[i].substr(0, colon), value});
  }
  return fields;
}

void check_head(const std::string& head) {
  require(head.starts_with("HTTP/1.1 ") && head.ends_with("\r\n\r\n"),
          "a head has a start and an end");
  require(head.find("\r\n\r\n") == head.size() - 4, "a head has one empty line, at its end");
  for (std::size_t at = head.find('\n'); at != std::string::npos; at = head.find('\n', at + 1)) {
    require(head[at - 1] == '\r', "lines end in CR LF");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = lines_of({reinterpret_cast<const char*>(data), size});
  if (lines.size() < 2) {
    return 0;
  }
  const auto fields = fields_of(lines);
  Shelf shelf;
  http::Operations operations(0);
  http::SiteOptions options;
  options.admins = *http::Users::parse("ann:secret");
  options.form_key = Secret("key");
  http::Site site(std::move(options), shelf, operations);
  http::Response response =
      site.respond({.method = lines[0], .target = lines[1], .fields = fields, .body = lines.back()},
                   {.outcome = http::LoginResult::Outcome::Accepted});
  check_head(http::response_head(response, true, true, 0));
  require(response.status >= 200 && response.status <= 501, "the status is one of ours");
  require(response.status != 303, "nobody knows the token of a form");
  if (response.pieces) {
    require(!otatool::test::whole_text(*response.pieces).empty(), "a page has a text");
  }
  if (response.feed) {
    require(otatool::test::whole_text(*response.feed->next()).starts_with("data: {"),
            "the first event has all cells");
  }
  require(response.text.empty() || response.length == response.text.size(),
          "the length is that of the text");
  if (response.status == 206) {
    require(response.length > 0 && response.first + response.length <= kSize,
            "a part is inside the file");
  }
  http::RequestRecord record;
  record.status = response.status;
  record.account = response.account;
  operations.on_request(record);
  require(!otatool::test::status_json(operations).empty(), "the status is always available");
  return 0;
}
