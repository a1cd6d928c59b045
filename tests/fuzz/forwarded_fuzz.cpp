// Fields of proxies, one a line as `NAME: VALUE`: the chain holds only pieces of the values.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "http/text/forwarded.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using fuzz::require;

std::vector<http::HeaderField> fields_of(std::string_view text) {
  std::vector<http::HeaderField> fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      fields.push_back({line.substr(0, colon), line.substr(colon + 2)});
    }
  }
  return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto fields = fields_of({reinterpret_cast<const char*>(data), size});
  std::string all;
  for (const http::HeaderField& field : fields) {
    all += field.value;
    all += '\n';
  }
  const auto chain = http::forwarded_chain(fields);
  require(chain.size() <= size, "every element has a separator or a field");
  for (const std::string& node : chain) {
    require(all.find(node) != std::string::npos, "an element is a piece of a value");
  }
  return 0;
}
