// The block of metadata in a WLED image: what is read is short, printable and from the file.
#include <algorithm>
#include <string_view>

#include "otatool/http/wled_block.hpp"

#include "tests/fuzz/fuzz_input.hpp"

using namespace otatool;
using otatool::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes image(data, size);
  const auto block = http::read_wled_block(image);
  if (!block) {
    return 0;
  }
  require(size >= 256 + 111, "a block needs its bytes");
  require(!block->release.empty() && block->release.size() <= 48, "a release has its field");
  require(block->version.size() <= 48, "a version has its field");
  for (const std::string_view text : {block->release, block->version}) {
    require(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }),
            "texts are printable");
  }
  require(http::same_wled_release(block->release, block->release), "a release equals itself");
  return 0;
}
