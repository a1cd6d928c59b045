// The first bytes of a connection: a header is a prefix of them, and each prefix of it goes on.
#include <string_view>

#include "http/text/proxy_header.hpp"
#include "tests/fuzz/fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otatool;
  using Kind = http::ProxyHeader::Kind;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const http::ProxyHeader header = http::read_proxy_header(input);
  if (header.kind != Kind::Complete) {
    fuzz::require(header.client.empty(), "only a complete header names a client");
    return 0;
  }
  fuzz::require(header.length <= size && header.length <= http::kLargestProxyHeader, "in bounds");
  fuzz::require(header.client.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos,
                "the client is written as an address");
  for (std::size_t length = 0; length < header.length; ++length) {
    fuzz::require(http::read_proxy_header(input.substr(0, length)).kind == Kind::Partial,
                  "a prefix goes on");
  }
  return 0;
}
