// Noise_NNpsk0_25519_ChaChaPoly_SHA256 (Noise Protocol Framework, revision 34), on the primitives
// of OpenSSL. Bytes in, bytes out: no sockets, no random source. A failure is final: the object
// then refuses every further message. Keys are overwritten on destruction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/esphome/encryption_key.hpp"

namespace otatool::esphome {

inline constexpr std::size_t kNoiseTag = 16;        ///< bytes that encryption adds
inline constexpr std::size_t kNoisePublicKey = 32;  ///< bytes
inline constexpr std::size_t kLargestNoiseMessage = 65535;

/// 32 secret bytes, overwritten on destruction.
struct NoiseSecret {
  std::array<std::uint8_t, 32> bytes{};

  NoiseSecret() = default;
  NoiseSecret(const NoiseSecret&) = default;
  NoiseSecret& operator=(const NoiseSecret&) = default;
  ~NoiseSecret();
};

/// The public key of `secret` (RFC 7748 section 6.1).
[[nodiscard]] std::array<std::uint8_t, kNoisePublicKey> x25519_public_key(
    const NoiseSecret& secret);
/// The shared secret. Nothing if `public_key` is a point of small order: everyone would know the
/// result.
[[nodiscard]] std::optional<NoiseSecret> x25519(const NoiseSecret& secret, Bytes public_key);

/// One direction of an encrypted connection: a key and a counter of messages (section 5.1).
class NoiseCipher {
 public:
  explicit NoiseCipher(const NoiseSecret& key, std::uint64_t counter = 0)
      : key_(key), counter_(counter) {}

  /// Appends the encrypted `plaintext` and its tag to `out`. False if the counter is used up.
  [[nodiscard]] bool seal(Bytes plaintext, Bytes associated, std::vector<std::uint8_t>& out);
  /// The plaintext. Nothing if `ciphertext` is not the next message of this key.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> open(Bytes ciphertext, Bytes associated);

 private:
  NoiseSecret key_;
  std::uint64_t counter_;
  bool failed_ = false;
};

struct NoiseCiphers {
  NoiseCipher sending;
  NoiseCipher receiving;
};

enum class NoiseRole { Initiator, Responder };

/// The handshake: the initiator writes one message and reads one, the responder the other way
/// round. Payloads are empty here, so that a message has 48 bytes: a public key and a tag.
class NoiseHandshake {
 public:
  /// Both sides need the same `key` and the same `prologue`. `ephemeral`: 32 random bytes, used for
  /// this handshake only.
  NoiseHandshake(NoiseRole role,
                 const EncryptionKey& key,
                 Bytes prologue,
                 const NoiseSecret& ephemeral);

  /// The next message of this side; nothing if it is not its turn or the handshake has failed.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> write(Bytes payload = {});
  /// The payload of the peer's message. Nothing if the key, the prologue or the message differs
  /// from the peer's, or if it is not the peer's turn.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> read(Bytes message);
  /// The ciphers of the connection after both messages; nothing before, after a failure, and for a
  /// second call.
  [[nodiscard]] std::optional<NoiseCiphers> split();

 private:
  void mix_hash(Bytes bytes);
  void mix_key(Bytes material);
  void mix_key_and_hash(Bytes material);
  void mix_public_key(Bytes key);
  bool mix_shared_secret();
  [[nodiscard]] bool may(bool write) const;

  bool initiator_;
  NoiseSecret psk_;
  NoiseSecret ephemeral_;
  std::array<std::uint8_t, kNoisePublicKey> peer_{};
  NoiseSecret chaining_key_;
  std::array<std::uint8_t, 32> hash_{};
  std::optional<NoiseCipher> cipher_;
  int messages_ = 0;  ///< written and read
  bool failed_ = false;
};

}  // namespace otatool::esphome
