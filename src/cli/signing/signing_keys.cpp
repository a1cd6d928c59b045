#include "cli/signing/signing_keys.hpp"

#include <cstring>
#include <fmt/format.h>
#include <utility>

#include "cli/frame/invocation.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/messages.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

/// The bytes of a key file. The destructor erases them, because they may be a private key.
class KeyBytes {
 public:
  explicit KeyBytes(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  KeyBytes(const KeyBytes&) = delete;
  KeyBytes& operator=(const KeyBytes&) = delete;
  ~KeyBytes() { explicit_bzero(bytes_.data(), bytes_.size()); }

  [[nodiscard]] Bytes view() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

std::string quoted(const std::string& path) {
  return path == "-" ? "the key on stdin" : "'" + path + "'";
}

template <typename Key>
Result<Key> load_key(Invocation& invocation, const std::string& path) {
  TRY(auto content, files::read_file(path, files::kLargestText));
  const KeyBytes bytes(std::move(content));
  Result<Key> key = Key::load(bytes.view());
  if (!key && key.error().code() == Errc::PassphraseNeeded) {
    TRY(const auto opened_by, passphrase(invocation, quoted(path)));
    key = Key::load(bytes.view(), opened_by);
  }
  if (!key) {
    return fail(key.error().with_context(quoted(path)));
  }
  return key;
}

}  // namespace

Result<signing::PrivateKey> load_private_key(Invocation& invocation, const std::string& path) {
  auto key = load_key<signing::PrivateKey>(invocation, path);
  if (key) {
    warn_of_short_key(invocation.messages(), key->public_half());
  }
  return key;
}

Result<signing::PublicKey> load_public_key(Invocation& invocation, const std::string& path) {
  auto key = load_key<signing::PublicKey>(invocation, path);
  if (key && key->is_published_example()) {
    invocation.messages().warning(fmt::format(
        "{} is the example key of the Arduino core, whose private key is public", quoted(path)));
  }
  return key;
}

Result<std::string> required_path(const Invocation& invocation, std::string_view name) {
  auto path = invocation.value(name);
  if (!path) {
    return fail(Errc::Usage, fmt::format("no {} is given", name));
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
