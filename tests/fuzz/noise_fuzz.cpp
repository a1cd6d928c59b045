// Encrypted connections of both roles with damaged, repeated, lost and invented bytes: what a
// channel delivers is always the beginning of what its peer sent, and nothing follows a failure.
#include <algorithm>
#include <string>
#include <string_view>

#include "esphome/channel.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::esphome;
using fuzz::FuzzInput;
using fuzz::require;

struct Pair {
  std::string hello;   ///< of the host
  std::string answer;  ///< of the device
  Channel fresh_host;
  Channel fresh_device;
  Channel host;
  Channel device;
};

Channel started(NoiseRole role, std::string& out) {
  EncryptionKey::Array key{};
  key.fill(7);
  NoiseSecret ephemeral;
  ephemeral.bytes.fill(role == NoiseRole::Initiator ? 1 : 2);
  const std::string prologue = noise_prologue(2, 0x0F, 0x04);
  Channel channel;
  NoiseHandshake handshake(role, EncryptionKey(key), as_bytes(prologue), ephemeral);
  require(!channel.start_handshake(std::move(handshake), role, out), "a handshake starts");
  return channel;
}

Pair make_pair() {
  Pair pair;
  std::string nothing;
  pair.fresh_host = started(NoiseRole::Initiator, pair.hello);
  pair.fresh_device = started(NoiseRole::Responder, nothing);
  pair.host = pair.fresh_host;
  pair.device = pair.fresh_device;
  require(!pair.device.receive(as_bytes(pair.hello)), "the device takes the host's message");
  pair.answer = pair.device.take_reply();
  require(!pair.host.receive(as_bytes(pair.answer)), "the host takes the device's message");
  return pair;
}

/// `text` with some edits that the input chooses.
std::string edited(std::string text, FuzzInput& input) {
  for (int edits = input.byte() % 4; edits > 0; --edits) {
    const std::size_t at = text.empty() ? 0 : input.word() % text.size();
    switch (input.byte() % 4) {
      case 0:
        text.insert(at, input.text(1 + input.byte() % 8U));
        break;
      case 1:
        text.erase(at, 1 + input.byte() % 64U);
        break;
      case 2:
        text.insert(at, text.substr(at, input.byte()));
        break;
      default:
        if (!text.empty()) {
          text[at] = static_cast<char>(text[at] ^ (1 << input.byte() % 8));
        }
        break;
    }
  }
  return text;
}

/// Gives `bytes` to the channel in pieces.
void deliver(Channel& channel,
             std::string_view bytes,
             std::string_view plaintext,
             FuzzInput& input) {
  bool failed = false;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, 1 + input.byte());
    bytes.remove_prefix(piece.size());
    const std::size_t before = channel.inbox().size();
    const bool error = channel.receive(as_bytes(piece)).has_value();
    require(plaintext.starts_with(channel.inbox()), "only what the peer sent arrives");
    require(!failed || channel.inbox().size() == before, "nothing follows a failure");
    failed = failed || error;
  }
}

void exchange_units(Channel sender, Channel receiver, FuzzInput& input) {
  std::string plaintext;
  std::string frames;
  for (int units = 1 + input.byte() % 4; units > 0; --units) {
    const std::string unit(1 + input.word() % 2'100U, static_cast<char>('a' + units));
    plaintext += unit;
    sender.send(as_bytes(unit), frames);
  }
  const std::string changed = edited(frames, input);
  deliver(receiver, changed, plaintext, input);
  require(changed != frames || receiver.inbox() == plaintext, "unchanged frames arrive");
}

void shake_hands(const Pair& pair, FuzzInput& input) {
  const bool to_device = input.flag();
  const std::string& message = to_device ? pair.hello : pair.answer;
  Channel receiver = to_device ? pair.fresh_device : pair.fresh_host;
  const std::string changed = edited(message, input);
  deliver(receiver, changed, {}, input);
  require(receiver.is_sealed() == changed.starts_with(message),
          "only the peer's message agrees keys");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Pair pair = make_pair();
  FuzzInput input(data, size);
  switch (input.byte() % 8) {
    case 0:
      shake_hands(pair, input);
      break;
    case 1:
    case 2:
    case 3:
      exchange_units(pair.device, pair.host, input);
      break;
    default:
      exchange_units(pair.host, pair.device, input);
      break;
  }
  return 0;
}
