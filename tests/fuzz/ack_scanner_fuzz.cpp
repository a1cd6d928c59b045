// Replies of a device: the verdict does not depend on how TCP splits them. The first byte of the
// input selects the splits.
#include <algorithm>
#include <string>
#include <string_view>

#include "otatool/wire/ack_scanner.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using otatool::fuzz::require;
using otatool::wire::AckScanner;

std::string_view error_text(const AckScanner& scanner) {
  return {scanner.error_text(), scanner.error_length()};
}

void require_same(const AckScanner& a, const AckScanner& b) {
  require(a.state() == b.state(), "a verdict does not depend on the splitting");
  require(error_text(a) == error_text(b), "an error text does not depend on the splitting");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 2 + data[0] % 30U;

  AckScanner whole;
  AckScanner bytewise;
  AckScanner pieces;
  whole.feed(stream.data(), stream.size());
  for (const char& c : stream) {
    const bool decided = bytewise.decided();
    const AckScanner::State before = bytewise.state();
    bytewise.feed(&c, 1);
    require(!decided || bytewise.state() == before, "a verdict is final");
  }
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    pieces.feed(stream.data() + at, std::min(piece, stream.size() - at));
    pieces.feed(stream.data(), 0);
  }
  require_same(whole, bytewise);
  require_same(whole, pieces);

  whole.finish();
  bytewise.finish();
  require_same(whole, bytewise);
  require(whole.decided() || whole.state() == AckScanner::State::Counting,
          "an ended stream has a verdict or held counts alone");
  require(whole.error_length() <= AckScanner::kMaxErrorLength, "an error text is bounded");
  require((whole.state() == AckScanner::State::Error) == (whole.error_length() != 0),
          "an error has a text, and nothing else has one");
  return 0;
}
