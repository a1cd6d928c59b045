#include "cli/signing/signing_keys.hpp"

#include <cstring>
#include <fmt/format.h>
#include <utility>

#include "otatool/signing/token.hpp"

#include "cli/frame/invocation.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/messages.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

/// The bytes of a key file, which may be a private key.
Result<Secret> read_key_file(const std::string& path) {
  TRY(auto bytes, files::read_file(path, files::kLargestText));
  Secret text(std::string(as_text(bytes)));
  explicit_bzero(bytes.data(), bytes.size());
  return text;
}

std::string quoted(const std::string& path) {
  return path == "-" ? "the key on stdin" : "'" + path + "'";
}

template <typename Key>
Result<Key> load_key(Invocation& invocation, const std::string& path) {
  TRY(const Secret content, read_key_file(path));
  const Bytes bytes = as_bytes(content.reveal());
  Result<Key> key = Key::load(bytes);
  if (!key && key.error().code() == Errc::PassphraseNeeded) {
    TRY(const auto opened_by, passphrase(invocation, quoted(path)));
    key = Key::load(bytes, opened_by);
  }
  if (!key) {
    return fail(key.error().with_context(quoted(path)));
  }
  return key;
}

/// Refuses a module from the configuration of a project: a folder of somebody else must not choose
/// the code that this process loads.
Result<signing::Pkcs11Uri> read_uri(const Invocation& invocation, const std::string& text) {
  TRY(auto uri, signing::parse_pkcs11_uri(text));
  for (const std::string_view option : {"key", "pubkey", "sign"}) {
    if (uri.module_path && invocation.origin(option) == Origin::ProjectFile &&
        invocation.value(option) == text) {
      return fail(Errc::Usage,
                  fmt::format("{} must not name a module-path: a project does not choose which "
                              "code is loaded",
                              invocation.place(option)));
    }
  }
  return uri;
}

Result<signing::PublicKey> load_token_key(const Invocation& invocation, const std::string& text) {
  TRY(const auto uri, read_uri(invocation, text));
  return signing::read_token_key(uri);
}

}  // namespace

Result<std::unique_ptr<signing::Signer>> load_signing_key(Invocation& invocation,
                                                          const std::string& path) {
  if (!signing::is_pkcs11_uri(path)) {
    TRY(auto key, load_private_key(invocation, path));
    return std::make_unique<signing::PrivateKey>(std::move(key));
  }
  TRY(const auto uri, read_uri(invocation, path));
  auto signer = signing::open_token_key(uri, [&invocation](const std::string& token) {
    return passphrase(invocation, "the token '" + token + "'");
  });
  if (signer) {
    warn_of_short_key(invocation.messages(), (*signer)->public_half());
  }
  return signer;
}

Result<signing::PrivateKey> load_private_key(Invocation& invocation, const std::string& path) {
  auto key = load_key<signing::PrivateKey>(invocation, path);
  if (key) {
    warn_of_short_key(invocation.messages(), key->public_half());
  }
  return key;
}

Result<signing::PublicKey> load_public_key(Invocation& invocation, const std::string& path) {
  auto key = signing::is_pkcs11_uri(path) ? load_token_key(invocation, path)
                                          : load_key<signing::PublicKey>(invocation, path);
  if (key && key->is_published_example()) {
    invocation.messages().warning(fmt::format(
        "{} is the example key of the Arduino core, whose private key is public", quoted(path)));
  }
  return key;
}

Result<std::string> required_path(const Invocation& invocation, std::string_view name) {
  auto path = invocation.value(name);
  if (!path) {
    return fail(Errc::Usage, fmt::format("no --{} is given", name));
  }
  return *std::move(path);
}

std::string fingerprint_of(const signing::PublicKey& key) {
  return to_hex(key.fingerprint());
}

void warn_of_short_key(Messages& messages, const signing::PublicKey& key) {
  if (key.is_rsa() && key.bits() < signing::kRecommendedRsaBits) {
    messages.warning(fmt::format(
        "{} is a weak key: use at least {} bits", key.name(), signing::kRecommendedRsaBits));
  }
}

}  // namespace otatool::cli
