// PKCS#11 URIs: what is accepted, is accepted again after it is written as a URI.
#include "otatool/bytes.hpp"
#include "otatool/signing/pkcs11_uri.hpp"

#include "tests/fuzz/fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otatool;
  const auto uri = signing::parse_pkcs11_uri(as_text(Bytes(data, size)));
  if (uri && uri->object) {
    const auto again =
        signing::parse_pkcs11_uri("pkcs11:" + signing::pkcs11_attribute("object", *uri->object));
    fuzz::require(again && again->object == uri->object, "a written label reads back");
  }
  return 0;
}
