// URLs: a URL that parses reads back from its text, and cannot inject into a request line or a
// header field.
#include <algorithm>
#include <string>
#include <string_view>

#include "otatool/http/url.hpp"

#include "tests/fuzz/fuzz_input.hpp"

using namespace otatool;
using otatool::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto url = http::parse_url(text, "/update");
  if (!url) {
    return 0;
  }
  const auto breaks_out = [](char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\0'; };
  require(std::ranges::none_of(url->text(), breaks_out), "no line break and no space");
  require(url->target.starts_with('/') && url->port != 0 && !url->host.empty(), "all parts");
  const auto again = http::parse_url(url->text(), "/other");
  require(again && again->text() == url->text(), "the text reads back");
  return 0;
}
