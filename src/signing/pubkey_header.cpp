#include "otatool/signing/pubkey_header.hpp"

#include <array>

namespace otatool::signing {
namespace {

void append_byte(std::string& text, std::uint8_t byte) {
  text += "0x" + to_hex(std::array{byte});
}

}  // namespace

Result<std::string> pubkey_header(const PublicKey& key) {
  if (!key.is_rsa()) {
    return fail(Errc::KeyWrongKind,
                "an " + key.name() +
                    " key: no ESP8266 can verify with it, so it would refuse every update");
  }
  std::string text =
      "#include <pgmspace.h>\n#define ARDUINO_SIGNING 1\n"
      "static const char signing_pubkey[] PROGMEM = {\n";
  const std::string pem = key.pem();
  for (const std::uint8_t byte : as_bytes(pem)) {
    append_byte(text, byte);
    // With the blank, the header differs from that of signing.py only in the last byte.
    text += ", \n";
  }
  append_byte(text, 0);
  text += "\n};\n";
  return text;
}

std::string pubkey_header_without_key() {
  return "#define ARDUINO_SIGNING 0\n";
}

}  // namespace otatool::signing
