#include "esphome/noise.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace otatool::esphome {
namespace {

std::vector<std::uint8_t> hex(std::string_view text) {
  return from_hex(text).value();
}

NoiseSecret secret(std::string_view text) {
  NoiseSecret result;
  const auto bytes = hex(text);
  EXPECT_EQ(bytes.size(), result.bytes.size());
  std::ranges::copy(bytes, result.bytes.begin());
  return result;
}

/// RFC 7748 section 6.1.
TEST(NoiseX25519, DerivesThePublishedSecret) {
  const NoiseSecret alice =
      secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const NoiseSecret bob =
      secret("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const auto alice_public = x25519_public_key(alice);
  const auto bob_public = x25519_public_key(bob);
  EXPECT_EQ(to_hex(alice_public),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(to_hex(bob_public), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const std::string shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  EXPECT_EQ(to_hex(x25519(alice, bob_public).value().bytes), shared);
  EXPECT_EQ(to_hex(x25519(bob, alice_public).value().bytes), shared);
}

TEST(NoiseX25519, RefusesPointsOfSmallOrderAndOtherLengths) {
  const NoiseSecret own =
      secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  for (const int first : {0, 1}) {
    std::array<std::uint8_t, 32> point{};
    point[0] = static_cast<std::uint8_t>(first);
    EXPECT_FALSE(x25519(own, point));
  }
  EXPECT_FALSE(x25519(own, std::array<std::uint8_t, 31>{}));
}

/// RFC 8439 appendix A.5; its nonce is four zero bytes and this counter, little-endian.
constexpr std::uint64_t kCounter = 0x0807060504030201U;
constexpr std::string_view kAeadKey =
    "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0";
constexpr std::string_view kAssociated = "f33388860000000000004e91";
constexpr std::string_view kSealed =
    "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
    "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
    "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
    "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
    "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
    "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
    "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
    "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
    "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38";

TEST(NoiseCipher, OpensAndSealsThePublishedMessage) {
  NoiseCipher receiving(secret(kAeadKey), kCounter);
  const auto opened = receiving.open(hex(kSealed), hex(kAssociated));
  ASSERT_TRUE(opened);
  EXPECT_TRUE(as_text(*opened).starts_with("Internet-Drafts are draft documents valid for"));
  NoiseCipher sending(secret(kAeadKey), kCounter);
  std::vector<std::uint8_t> sealed;
  ASSERT_TRUE(sending.seal(*opened, hex(kAssociated), sealed));
  EXPECT_EQ(to_hex(sealed), kSealed);
}

TEST(NoiseCipher, RefusesEveryChangedBitAndEverythingAfterwards) {
  const auto good = hex(kSealed);
  for (std::size_t bit = 0; bit < good.size() * 8; bit += 3) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    NoiseCipher cipher(secret(kAeadKey), kCounter);
    EXPECT_FALSE(cipher.open(bad, hex(kAssociated)));
    EXPECT_FALSE(cipher.open(good, hex(kAssociated))) << "after a failure";
  }
  NoiseCipher other_text(secret(kAeadKey), kCounter);
  EXPECT_FALSE(other_text.open(good, hex("00")));
  NoiseCipher other_counter(secret(kAeadKey), kCounter + 1);
  EXPECT_FALSE(other_counter.open(good, hex(kAssociated)));
  NoiseCipher too_short(secret(kAeadKey), kCounter);
  EXPECT_FALSE(too_short.open(Bytes(good).first(kNoiseTag - 1), hex(kAssociated)));
}

TEST(NoiseCipher, NeverUsesACounterTwice) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max() - 1;
  NoiseCipher sending(secret(kAeadKey), kLast);
  NoiseCipher receiving(secret(kAeadKey), kLast);
  std::vector<std::uint8_t> sealed;
  ASSERT_TRUE(sending.seal(as_bytes("last"), {}, sealed));
  EXPECT_TRUE(receiving.open(sealed, {}));
  EXPECT_FALSE(sending.seal(as_bytes("one more"), {}, sealed));
  EXPECT_FALSE(receiving.open(sealed, {}));
}

/// The vector of cacophony for Noise_NNpsk0_25519_ChaChaPoly_SHA256.
constexpr std::string_view kPsk =
    "54686973206973206d7920417573747269616e20706572737065637469766521";
constexpr std::string_view kPrologue = "4a6f686e2047616c74";
constexpr std::string_view kInitiator =
    "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
constexpr std::string_view kResponder =
    "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";

struct Message {
  std::string_view payload;
  std::string_view sealed;
};
constexpr std::array kHandshakeMessages = {
    Message{"4c756477696720766f6e204d69736573",
            "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944"
            "79b962b8aff8485742ac32f905ba45369e2465fb59e138a93d67a0d1266b6a54"},
    Message{"4d757272617920526f746862617264",
            "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843"
            "d6062704d5a9c422a8e834423f8c1feada7e8d0d910a1a2cd030fb584221e3"},
};
constexpr std::array kTransportMessages = {
    Message{"462e20412e20486179656b", "e632c3763d7669067383433197a3baddf146e9e70ad4b4e9e59e0f"},
    Message{"4361726c204d656e676572", "64c6bee32ea91c8474bb4c21d7a700109ad45af77b29764ba5eb1e"},
    Message{"4a65616e2d426170746973746520536179",
            "e2fa0bed0603b62d3ccac2ecabbf3fe33f3e86514909b323361626266cb2471cc8"},
    Message{"457567656e2042f6686d20766f6e2042617765726b",
            "0c01dc9cec1fe4ddd692e8dd32188aa351088dc91183639a53b57aa4692b5ebdef8b8ca111"},
};

NoiseHandshake handshake(NoiseRole role,
                         std::string_view psk = kPsk,
                         std::string_view prologue = kPrologue) {
  return {role,
          EncryptionKey(secret(psk).bytes),
          hex(prologue),
          secret(role == NoiseRole::Initiator ? kInitiator : kResponder)};
}

TEST(NoiseHandshake, ExchangesThePublishedMessages) {
  NoiseHandshake initiator = handshake(NoiseRole::Initiator);
  NoiseHandshake responder = handshake(NoiseRole::Responder);
  const auto [first, second] = kHandshakeMessages;
  EXPECT_EQ(to_hex(initiator.write(hex(first.payload)).value()), first.sealed);
  EXPECT_EQ(to_hex(responder.read(hex(first.sealed)).value()), first.payload);
  EXPECT_EQ(to_hex(responder.write(hex(second.payload)).value()), second.sealed);
  EXPECT_EQ(to_hex(initiator.read(hex(second.sealed)).value()), second.payload);
  NoiseCiphers host = initiator.split().value();
  NoiseCiphers device = responder.split().value();
  bool from_host = true;
  for (const Message& message : kTransportMessages) {
    NoiseCiphers& sender = from_host ? host : device;
    NoiseCiphers& receiver = from_host ? device : host;
    std::vector<std::uint8_t> sealed;
    ASSERT_TRUE(sender.sending.seal(hex(message.payload), {}, sealed));
    EXPECT_EQ(to_hex(sealed), message.sealed);
    EXPECT_EQ(to_hex(receiver.receiving.open(sealed, {}).value()), message.payload);
    from_host = !from_host;
  }
}

TEST(NoiseHandshake, RefusesEveryChangedByte) {
  const auto first = hex(kHandshakeMessages[0].sealed);
  for (std::size_t at = 0; at < first.size(); ++at) {
    auto bad = first;
    bad[at] ^= 0x40U;
    NoiseHandshake responder = handshake(NoiseRole::Responder);
    EXPECT_FALSE(responder.read(bad)) << at;
    EXPECT_FALSE(responder.read(first)) << "after a failure";
    EXPECT_FALSE(responder.write()) << "after a failure";
    EXPECT_FALSE(responder.split()) << "after a failure";
  }
  const auto second = hex(kHandshakeMessages[1].sealed);
  for (std::size_t at = 0; at < second.size(); ++at) {
    auto bad = second;
    bad[at] ^= 0x40U;
    NoiseHandshake initiator = handshake(NoiseRole::Initiator);
    ASSERT_TRUE(initiator.write(hex(kHandshakeMessages[0].payload)));
    EXPECT_FALSE(initiator.read(bad)) << at;
    EXPECT_FALSE(initiator.split()) << "after a failure";
  }
}

TEST(NoiseHandshake, RefusesAnotherKeyAndAnotherPrologue) {
  const auto first = hex(kHandshakeMessages[0].sealed);
  NoiseHandshake other_key = handshake(NoiseRole::Responder, kInitiator);
  EXPECT_FALSE(other_key.read(first));
  NoiseHandshake other_prologue = handshake(NoiseRole::Responder, kPsk, "4a6f686e2047616c75");
  EXPECT_FALSE(other_prologue.read(first));
}

TEST(NoiseHandshake, RefusesShortMessagesAndWrongTurns) {
  const auto first = hex(kHandshakeMessages[0].sealed);
  for (std::size_t size = 0; size < kNoisePublicKey + kNoiseTag; ++size) {
    NoiseHandshake responder = handshake(NoiseRole::Responder);
    EXPECT_FALSE(responder.read(Bytes(first).first(size)));
  }
  NoiseHandshake hasty = handshake(NoiseRole::Responder);
  EXPECT_FALSE(hasty.write());
  NoiseHandshake listener = handshake(NoiseRole::Initiator);
  EXPECT_FALSE(listener.read(first));
  NoiseHandshake early = handshake(NoiseRole::Initiator);
  EXPECT_FALSE(early.split());
  NoiseHandshake twice = handshake(NoiseRole::Initiator);
  EXPECT_TRUE(twice.write());
  EXPECT_FALSE(twice.write());
}

/// A point of small order makes the shared secret zero.
TEST(NoiseHandshake, RefusesASmallPointOfThePeer) {
  NoiseHandshake weak_peer(
      NoiseRole::Initiator, EncryptionKey(secret(kPsk).bytes), hex(kPrologue), secret(kInitiator));
  ASSERT_TRUE(weak_peer.write());
  std::vector<std::uint8_t> zeros(kNoisePublicKey + kNoiseTag);
  EXPECT_FALSE(weak_peer.read(zeros));
}

TEST(NoiseHandshake, SplitsOnce) {
  NoiseHandshake initiator = handshake(NoiseRole::Initiator);
  NoiseHandshake responder = handshake(NoiseRole::Responder);
  ASSERT_TRUE(responder.read(initiator.write().value()));
  ASSERT_TRUE(initiator.read(responder.write().value()));
  EXPECT_TRUE(initiator.split());
  EXPECT_FALSE(initiator.split()) << "the same keys must not encrypt twice";
}

TEST(EncryptionKey, ReadsBase64Of32Bytes) {
  const auto key = EncryptionKey::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->reveal()),
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
}

TEST(EncryptionKey, RefusesOtherTextsWithoutQuotingThem) {
  for (const std::string_view text : {"",
                                      "secret",
                                      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
                                      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==",
                                      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= "}) {
    const auto key = EncryptionKey::parse(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code(), Errc::KeyUnusable);
    EXPECT_TRUE(text.empty() || key.error().message().find(text) == std::string::npos);
  }
}

}  // namespace
}  // namespace otatool::esphome
