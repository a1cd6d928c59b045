// A body type for Beast's parsers that passes each piece to a function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>

#include "otatool/bytes.hpp"

namespace otatool::http {

struct BeastSinkBody {
  /// Returns false to stop; the parser then fails with error::body_limit.
  using value_type = std::function<bool(Bytes)>;

  class reader {  // NOLINT(readability-identifier-naming): Beast finds it by this name
   public:
    template <bool IsRequest, class Fields>
    reader(boost::beast::http::header<IsRequest, Fields>&, value_type& sink) : sink_(sink) {}

    void init(const boost::optional<std::uint64_t>&, boost::beast::error_code& error) {
      error = {};
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::beast::error_code& error) {
      error = {};
      std::size_t count = 0;
      for (const boost::asio::const_buffer buffer : boost::beast::buffers_range_ref(buffers)) {
        const Bytes bytes(static_cast<const std::uint8_t*>(buffer.data()), buffer.size());
        count += bytes.size();
        if (!sink_(bytes)) {
          error = boost::beast::http::error::body_limit;
          break;
        }
      }
      return count;
    }
    void finish(boost::beast::error_code& error) { error = {}; }

   private:
    value_type& sink_;
  };
};

}  // namespace otatool::http
