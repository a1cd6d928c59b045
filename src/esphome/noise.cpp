#include "esphome/noise.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string.h>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace otatool::esphome {
namespace {

constexpr std::string_view kProtocolName = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";
constexpr std::size_t kNonceSize = 12;
constexpr int kMessages = 2;

using Pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

/// These calls fail only without memory or without the algorithms.
void require(bool holds) {
  if (!holds) {
    throw std::runtime_error("OpenSSL cannot compute X25519, ChaCha20-Poly1305 or SHA-256");
  }
}

void wipe(std::vector<std::uint8_t>& bytes) {
  if (!bytes.empty()) {
    explicit_bzero(bytes.data(), bytes.size());
  }
}

int length_of(Bytes bytes) {
  return static_cast<int>(bytes.size());
}

NoiseSecret hmac(Bytes key, Bytes first, Bytes second = {}) {
  std::vector<std::uint8_t> message(first.begin(), first.end());
  message.insert(message.end(), second.begin(), second.end());
  NoiseSecret result;
  unsigned size = 0;
  const bool done = HMAC(EVP_sha256(),
                         key.data(),
                         length_of(key),
                         message.data(),
                         message.size(),
                         result.bytes.data(),
                         &size) != nullptr;
  wipe(message);
  require(done && size == result.bytes.size());
  return result;
}

/// HKDF of section 4.3 with as many outputs as `Count`.
template <std::size_t Count>
std::array<NoiseSecret, Count> derive(const NoiseSecret& chaining_key, Bytes material) {
  const NoiseSecret extracted = hmac(chaining_key.bytes, material);
  std::array<NoiseSecret, Count> outputs;
  Bytes before;
  for (std::size_t i = 0; i < Count; ++i) {
    const std::array<std::uint8_t, 1> number = {static_cast<std::uint8_t>(i + 1)};
    outputs[i] = hmac(extracted.bytes, before, number);
    before = outputs[i].bytes;
  }
  return outputs;
}

std::array<std::uint8_t, 32> sha256(Bytes first, Bytes second) {
  std::vector<std::uint8_t> message(first.begin(), first.end());
  message.insert(message.end(), second.begin(), second.end());
  std::array<std::uint8_t, 32> digest{};
  unsigned size = 0;
  require(EVP_Digest(message.data(), message.size(), digest.data(), &size, EVP_sha256(), nullptr) ==
          1);
  return digest;
}

/// Four zero bytes and the counter, little-endian (section 12.3).
std::array<std::uint8_t, kNonceSize> nonce_for(std::uint64_t counter) {
  std::array<std::uint8_t, kNonceSize> nonce{};
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[4 + i] = static_cast<std::uint8_t>(counter >> (8 * i));
  }
  return nonce;
}

/// A context that has processed `associated`.
CipherContext start(bool encrypt, const NoiseSecret& key, std::uint64_t counter, Bytes associated) {
  CipherContext context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const auto nonce = nonce_for(counter);
  require(context != nullptr && EVP_CipherInit_ex(context.get(),
                                                  EVP_chacha20_poly1305(),
                                                  nullptr,
                                                  key.bytes.data(),
                                                  nonce.data(),
                                                  encrypt ? 1 : 0) == 1);
  int size = 0;
  require(associated.empty() ||
          EVP_CipherUpdate(
              context.get(), nullptr, &size, associated.data(), length_of(associated)) == 1);
  return context;
}

Pkey private_key(const NoiseSecret& secret) {
  Pkey key(EVP_PKEY_new_raw_private_key(
               EVP_PKEY_X25519, nullptr, secret.bytes.data(), secret.bytes.size()),
           EVP_PKEY_free);
  require(key != nullptr);
  return key;
}

}  // namespace

NoiseSecret::~NoiseSecret() {
  explicit_bzero(bytes.data(), bytes.size());
}

std::array<std::uint8_t, kNoisePublicKey> x25519_public_key(const NoiseSecret& secret) {
  const Pkey key = private_key(secret);
  std::array<std::uint8_t, kNoisePublicKey> result{};
  std::size_t size = result.size();
  require(EVP_PKEY_get_raw_public_key(key.get(), result.data(), &size) == 1);
  return result;
}

std::optional<NoiseSecret> x25519(const NoiseSecret& secret, Bytes public_key) {
  const Pkey own = private_key(secret);
  const Pkey peer(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, public_key.data(), public_key.size()),
      EVP_PKEY_free);
  const PkeyContext context(EVP_PKEY_CTX_new(own.get(), nullptr), EVP_PKEY_CTX_free);
  NoiseSecret shared;
  std::size_t size = shared.bytes.size();
  // OpenSSL refuses a result of zeros, as RFC 7748 section 6.1 advises.
  const bool derived = peer != nullptr && context != nullptr &&
                       EVP_PKEY_derive_init(context.get()) == 1 &&
                       EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
                       EVP_PKEY_derive(context.get(), shared.bytes.data(), &size) == 1;
  return derived && size == shared.bytes.size() ? std::optional(shared) : std::nullopt;
}

bool NoiseCipher::seal(Bytes plaintext, Bytes associated, std::vector<std::uint8_t>& out) {
  if (failed_ || counter_ == std::numeric_limits<std::uint64_t>::max()) {
    failed_ = true;
    return false;
  }
  const CipherContext context = start(true, key_, counter_++, associated);
  const std::size_t at = out.size();
  out.resize(at + plaintext.size() + kNoiseTag);
  int size = 0;
  require(plaintext.empty() ||
          EVP_CipherUpdate(
              context.get(), out.data() + at, &size, plaintext.data(), length_of(plaintext)) == 1);
  std::uint8_t* const tag = out.data() + at + plaintext.size();
  require(EVP_CipherFinal_ex(context.get(), tag, &size) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kNoiseTag, tag) == 1);
  return true;
}

std::optional<std::vector<std::uint8_t>> NoiseCipher::open(Bytes ciphertext, Bytes associated) {
  if (failed_ || ciphertext.size() < kNoiseTag ||
      counter_ == std::numeric_limits<std::uint64_t>::max()) {
    failed_ = true;
    return std::nullopt;
  }
  const CipherContext context = start(false, key_, counter_, associated);
  const Bytes text = ciphertext.first(ciphertext.size() - kNoiseTag);
  std::array<std::uint8_t, kNoiseTag> tag{};
  std::ranges::copy(ciphertext.last(kNoiseTag), tag.begin());
  std::vector<std::uint8_t> plaintext(text.size());
  int size = 0;
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kNoiseTag, tag.data()) == 1);
  require(text.empty() ||
          EVP_CipherUpdate(context.get(), plaintext.data(), &size, text.data(), length_of(text)) ==
              1);
  std::array<std::uint8_t, kNoiseTag> rest{};
  if (EVP_CipherFinal_ex(context.get(), rest.data(), &size) != 1) {
    failed_ = true;
    wipe(plaintext);
    return std::nullopt;
  }
  ++counter_;
  return plaintext;
}

NoiseHandshake::NoiseHandshake(NoiseRole role,
                               const EncryptionKey& key,
                               Bytes prologue,
                               const NoiseSecret& ephemeral)
    : initiator_(role == NoiseRole::Initiator), ephemeral_(ephemeral) {
  psk_.bytes = key.reveal();
  hash_ = sha256(as_bytes(kProtocolName), {});  // the name is longer than a hash (section 5.2)
  chaining_key_.bytes = hash_;
  mix_hash(prologue);
}

void NoiseHandshake::mix_hash(Bytes bytes) {
  hash_ = sha256(hash_, bytes);
}

void NoiseHandshake::mix_key(Bytes material) {
  const auto keys = derive<2>(chaining_key_, material);
  chaining_key_ = keys[0];
  cipher_.emplace(keys[1]);
}

void NoiseHandshake::mix_key_and_hash(Bytes material) {
  const auto keys = derive<3>(chaining_key_, material);
  chaining_key_ = keys[0];
  mix_hash(keys[1].bytes);
  cipher_.emplace(keys[2]);
}

void NoiseHandshake::mix_public_key(Bytes key) {
  if (messages_ == 0) {
    mix_key_and_hash(psk_.bytes);  // psk0: before the first key
  }
  mix_hash(key);
  mix_key(key);  // with a psk, a public key is also key material (section 9.2)
}

bool NoiseHandshake::mix_shared_secret() {
  const auto shared = x25519(ephemeral_, peer_);
  if (!shared) {
    return false;
  }
  mix_key(shared->bytes);
  return true;
}

bool NoiseHandshake::may(bool write) const {
  const bool initiators_turn = messages_ == 0;
  return !failed_ && messages_ < kMessages && (initiator_ == initiators_turn) == write;
}

std::optional<std::vector<std::uint8_t>> NoiseHandshake::write(Bytes payload) {
  if (!may(true) || payload.size() > kLargestNoiseMessage - kNoisePublicKey - kNoiseTag) {
    failed_ = true;
    return std::nullopt;
  }
  const auto own = x25519_public_key(ephemeral_);
  std::vector<std::uint8_t> message(own.begin(), own.end());
  mix_public_key(own);
  if ((messages_ > 0 && !mix_shared_secret()) || !cipher_->seal(payload, hash_, message)) {
    failed_ = true;
    return std::nullopt;
  }
  mix_hash(Bytes(message).subspan(kNoisePublicKey));
  ++messages_;
  return message;
}

std::optional<std::vector<std::uint8_t>> NoiseHandshake::read(Bytes message) {
  if (!may(false) || message.size() < kNoisePublicKey + kNoiseTag ||
      message.size() > kLargestNoiseMessage) {
    failed_ = true;
    return std::nullopt;
  }
  std::ranges::copy(message.first(kNoisePublicKey), peer_.begin());
  const Bytes sealed = message.subspan(kNoisePublicKey);
  mix_public_key(peer_);
  auto payload =
      messages_ == 0 || mix_shared_secret() ? cipher_->open(sealed, hash_) : std::nullopt;
  if (!payload) {
    failed_ = true;
    return std::nullopt;
  }
  mix_hash(sealed);
  ++messages_;
  return payload;
}

std::optional<NoiseCiphers> NoiseHandshake::split() {
  if (failed_ || messages_ != kMessages) {
    return std::nullopt;
  }
  const auto keys = derive<2>(chaining_key_, {});
  failed_ = true;  // the same keys must never encrypt twice
  const NoiseCipher to_responder(keys[0]);
  const NoiseCipher to_initiator(keys[1]);
  return initiator_ ? NoiseCiphers{to_responder, to_initiator}
                    : NoiseCiphers{to_initiator, to_responder};
}

}  // namespace otatool::esphome
