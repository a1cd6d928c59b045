#include "gzip/inflater.hpp"

#include <new>

namespace otatool::gzip {

Inflater::Inflater(Bytes stream) {
  state_.next_in = stream.data();
  state_.avail_in = static_cast<uInt>(stream.size());
  // A negative number of window bits means: no zlib header.
  if (inflateInit2(&state_, -MAX_WBITS) != Z_OK) {
    throw std::bad_alloc();
  }
}

Inflater::Step Inflater::advance() {
  state_.next_out = buffer_.data();
  state_.avail_out = static_cast<uInt>(buffer_.size());
  const int result = inflate(&state_, Z_NO_FLUSH);
  produced_ = buffer_.size() - state_.avail_out;
  switch (result) {
    case Z_STREAM_END:
      return Step::End;
    case Z_OK:
      return state_.avail_out == 0 ? Step::More : Step::OutOfInput;
    case Z_BUF_ERROR:
      return Step::OutOfInput;
    case Z_MEM_ERROR:
      throw std::bad_alloc();
    default:
      return Step::Damaged;
  }
}

}  // namespace otatool::gzip
