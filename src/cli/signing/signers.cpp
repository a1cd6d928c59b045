#include "cli/signing/signers.hpp"

#include <fmt/format.h>
#include <string>
#include <utility>

#include "otatool/signing/signed_image.hpp"

#include "cli/frame/invocation.hpp"
#include "cli/signing/signing_keys.hpp"
#include "files/filter_program.hpp"

namespace otatool::cli {
namespace {

class CommandSigner final : public signing::Signer {
 public:
  CommandSigner(std::string command, signing::PublicKey key)
      : command_(std::move(command)), key_(std::move(key)) {}

  [[nodiscard]] const signing::PublicKey& public_half() const override { return key_; }

  [[nodiscard]] Result<std::vector<std::uint8_t>> raw_signature(
      const signing::Digest& digest, SignatureForm /*form*/) const override {
    constexpr std::size_t kLongestSignature = 8192;  // RSA-4096 in hex has 1024 bytes
    return files::run_filter(command_, digest.bytes(), kLongestSignature);
  }

 private:
  std::string command_;
  signing::PublicKey key_;
};

Result<std::unique_ptr<signing::Signer>> command_signer(Invocation& invocation,
                                                        const std::string& command) {
  if (invocation.origin("signer") == Origin::ProjectFile) {
    return fail(Errc::Usage,
                fmt::format("{} is not used: a project does not choose which program runs",
                            invocation.place("signer")));
  }
  if (invocation.value("key")) {
    return fail(Errc::Usage, "--key and --signer cannot be used together");
  }
  if (invocation.value("legacy")) {
    return fail(Errc::Usage,
                "--signer and --legacy cannot be used together: the two forms need different "
                "signatures of one digest");
  }
  const auto key_path = invocation.value("pubkey");
  if (!key_path) {
    return fail(Errc::Usage, "--signer needs --pubkey, the key that verifies its signatures");
  }
  TRY(auto key, load_public_key(invocation, *key_path));
  warn_of_short_key(invocation.messages(), key);
  return std::make_unique<CommandSigner>(command, std::move(key));
}

}  // namespace

Result<std::unique_ptr<signing::Signer>> load_signer(Invocation& invocation) {
  if (const auto command = invocation.value("signer")) {
    return command_signer(invocation, *command);
  }
  if (invocation.value("pubkey")) {
    return fail(Errc::Usage, "--pubkey belongs to --signer; --key contains the public key");
  }
  TRY(const auto key_path, required_path(invocation, "key"));
  return load_signing_key(invocation, key_path);
}

}  // namespace otatool::cli
