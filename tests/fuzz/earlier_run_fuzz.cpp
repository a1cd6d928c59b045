// The report of an earlier run: a target either succeeded or is left, and is never both; no text
// overflows the stack.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/upload/earlier_run.hpp"
#include "tests/fuzz/fuzz_input.hpp"

using otatool::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto run = otatool::cli::parse_report(text);
  if (!run) {
    require(run.error().code() == otatool::Errc::FileUnreadable, "the file is at fault");
    return 0;
  }
  require(!run->left.empty() || !run->succeeded.empty(), "a report names a target");
  require(std::ranges::none_of(
              run->left, [&run](const std::string& name) { return run->succeeded.contains(name); }),
          "a target that succeeded is not left");
  const std::size_t targets = run->left.size() + run->succeeded.size();
  require(targets <= static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1,
          "a line names one target");
  return 0;
}
