// Untrusted packages: the device agrees with zlib, whatever the sizes of the pieces that it reads.
// The first byte of the input selects the pieces.
#include <algorithm>
#include <cstring>
#include <vector>

#include <zlib.h>

#include "firmware/core/package/inflate.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using otatool::firmware::Inflater;
using otatool::firmware::InflateResult;
using otatool::firmware::InflateSink;
using otatool::firmware::InflateSource;
using otatool::fuzz::require;

constexpr std::uint32_t kLimit = 1U << 16U;

class Source : public InflateSource {
 public:
  Source(const std::uint8_t* bytes, std::size_t size, std::size_t piece)
      : bytes_(bytes), left_(size), piece_(piece) {}

  bool read(std::uint8_t* bytes, std::size_t capacity, std::size_t& count) override {
    count = std::min({capacity, piece_, left_});
    std::copy(bytes_, bytes_ + count, bytes);
    bytes_ += count;
    left_ -= count;
    return true;
  }

 private:
  const std::uint8_t* bytes_;
  std::size_t left_;
  std::size_t piece_;
};

class Sink : public InflateSink {
 public:
  bool write(const std::uint8_t* bytes, std::size_t count) override {
    unpacked.insert(unpacked.end(), bytes, bytes + count);
    return true;
  }

  std::vector<std::uint8_t> unpacked;
};

// Unpacks with zlib; returns whether zlib accepts the whole package.
std::vector<std::uint8_t> peer(const std::uint8_t* bytes, std::size_t size, bool& accepted) {
  std::vector<std::uint8_t> input(bytes, bytes + size);
  std::vector<std::uint8_t> output(kLimit + 1);
  z_stream stream{};
  require(inflateInit2(&stream, 15 + 16) == Z_OK, "zlib starts");
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = output.data();
  stream.avail_out = static_cast<uInt>(output.size());
  const int status = inflate(&stream, Z_FINISH);
  output.resize(output.size() - stream.avail_out);
  accepted = status == Z_STREAM_END && stream.avail_in == 0 && output.size() <= kLimit;
  inflateEnd(&stream);
  return output;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::uint8_t* const package = data + 1;
  const std::size_t package_size = size - 1;
  std::vector<std::uint8_t> window(Inflater::kWindowBytes);
  Inflater inflater(window.data());

  Source whole(package, package_size, package_size);
  Sink sink;
  const InflateResult result = inflater.run(whole, &sink, kLimit);
  Source pieces(package, package_size, 1 + data[0] % 40U);
  require(inflater.run(pieces, nullptr, kLimit) == result, "the pieces do not change the result");
  require(sink.unpacked.size() <= kLimit, "the limit holds");

  bool accepted = false;
  const std::vector<std::uint8_t> expected = peer(package, package_size, accepted);
  const bool header_crc = package_size > 3 && (package[3] & 2U) != 0;
  if (!header_crc) {
    require((result == InflateResult::Ok) == accepted, "zlib agrees");
  }
  if (accepted) {
    require(sink.unpacked == expected, "zlib unpacks to the same bytes");
  }
  return 0;
}
