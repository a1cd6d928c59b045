#include "otatool/signing/dsse.hpp"

#include "otatool/base64.hpp"

namespace otatool::signing {

std::vector<std::uint8_t> dsse_encoding(std::string_view type, std::string_view message) {
  std::string text = "DSSEv1 " + std::to_string(type.size()) + " " + std::string(type) + " " +
                     std::to_string(message.size()) + " ";
  text += message;
  return {text.begin(), text.end()};
}

Result<std::string> dsse_envelope(std::string_view type,
                                  std::string_view message,
                                  const Signer& signer,
                                  SignatureForm form,
                                  HashAlgorithm hash) {
  TRY(const auto signature, sign_message(dsse_encoding(type, message), signer, form, hash));
  // None of these texts needs escapes in JSON: base64, hex, and a media type.
  return R"({"payload":")" + to_base64(as_bytes(message)) + R"(","payloadType":")" +
         std::string(type) + R"(","signatures":[{"keyid":")" +
         to_hex(signer.public_half().fingerprint()) + R"(","sig":")" + to_base64(signature) +
         "\"}]}\n";
}

}  // namespace otatool::signing
