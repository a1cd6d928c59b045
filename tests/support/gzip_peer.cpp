#include "tests/support/gzip_peer.hpp"

#include <algorithm>
#include <stdexcept>

#include <zlib.h>

namespace otatool::test {
namespace {

void append_word(std::vector<std::uint8_t>& out, std::uint32_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

void append(std::vector<std::uint8_t>& out, const std::vector<std::uint8_t>& more) {
  out.insert(out.end(), more.begin(), more.end());
}

}  // namespace

std::vector<std::uint8_t> raw_stream(Bytes content, const StreamShape& shape) {
  z_stream state{};
  if (deflateInit2(&state, shape.level, Z_DEFLATED, -shape.window_bits, 9, shape.strategy) !=
      Z_OK) {
    throw std::runtime_error("zlib does not start");
  }
  const std::size_t piece = shape.flush_every > 0 ? shape.flush_every : content.size();
  const std::size_t flushes = piece > 0 ? content.size() / piece + 1 : 1;
  std::vector<std::uint8_t> out(deflateBound(&state, static_cast<uLong>(content.size())) +
                                16 * flushes + content.size() / 100);
  state.next_out = out.data();
  state.avail_out = static_cast<uInt>(out.size());
  int result = Z_OK;
  for (std::size_t at = 0; result == Z_OK; at += piece) {
    const std::size_t count = std::min(piece, content.size() - at);
    const bool last = at + count == content.size();
    state.next_in = const_cast<Bytef*>(content.data() + at);
    state.avail_in = static_cast<uInt>(count);
    result = deflate(&state, last ? Z_FINISH : shape.flush);
    if (last && result == Z_OK) {
      result = Z_BUF_ERROR;
    }
  }
  out.resize(state.total_out);
  deflateEnd(&state);
  if (result != Z_STREAM_END) {
    throw std::runtime_error("zlib does not finish");
  }
  return out;
}

std::vector<std::uint8_t> header(const HeaderShape& shape) {
  std::vector<std::uint8_t> out = {0x1F, 0x8B, 8, shape.flags};
  append_word(out, shape.time, 4);
  out.push_back(2);
  out.push_back(3);
  if ((shape.flags & 4U) != 0) {
    append_word(out, static_cast<std::uint32_t>(shape.extra.size()), 2);
  }
  append(out, shape.extra);
  append(out, shape.name);
  append(out, shape.comment);
  if ((shape.flags & 2U) != 0) {
    append_word(
        out, static_cast<std::uint32_t>(crc32(0, out.data(), static_cast<uInt>(out.size()))), 2);
  }
  return out;
}

std::vector<std::uint8_t> member(Bytes content,
                                 const StreamShape& stream,
                                 const HeaderShape& head) {
  std::vector<std::uint8_t> out = header(head);
  append(out, raw_stream(content, stream));
  const uLong crc = crc32(0, content.data(), static_cast<uInt>(content.size()));
  append_word(out, static_cast<std::uint32_t>(crc), 4);
  append_word(out, static_cast<std::uint32_t>(content.size()), 4);
  return out;
}

}  // namespace otatool::test
