// Untrusted TXT records: the resulting pairs are clean, bounded and unique.
#include <algorithm>
#include <set>

#include "otatool/ascii.hpp"

#include "mdns/message/text.hpp"
#include "mdns/search/service_facts.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::mdns;
using fuzz::require;

void require_clean(const std::string& text) {
  require(text.size() <= kLargestText, "the length of a text is limited");
  require(clean_text(text) == text, "cleaning a clean text changes nothing");
  require(std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }),
          "a text holds no control character");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::FuzzInput input(data, size);
  Text text;
  while (!input.empty()) {
    text.strings.push_back(input.text(input.byte()));
  }
  Device device;
  device.name = clean_text(text.strings.empty() ? "" : text.strings.front());
  device.type = text.strings.size() % 2 == 0 ? "_arduino._tcp" : "_http._tcp";
  device.host = device.name;
  device.txt = txt_pairs(text);
  require(device.txt.size() <= kMostTxtPairs, "the number of pairs is limited");
  std::set<std::string> keys;
  for (const TxtPair& pair : device.txt) {
    require(!pair.key.empty(), "a pair has a key");
    require(keys.insert(lower_case(pair.key)).second, "a key occurs once");
    require_clean(pair.key);
    require_clean(pair.value);
  }
  require_clean(device.name);
  classify(device);
  static_cast<void>(is_updatable_http(device));
  require(device.mac.empty() || device.mac.size() == 12, "a MAC has 12 digits");
  return 0;
}
