#include "tests/support/stock_words.hpp"

#include <array>
#include <charconv>

namespace otatool::testing {
namespace {

/// Parses the text after the `=` of a word.
class Value {
 public:
  explicit Value(std::string_view text) : rest_(text) {}

  std::size_t number() {
    const std::string_view text = field();
    std::size_t result = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, result);
    good_ = good_ && error == std::errc{} && stop == end;
    return result;
  }
  Millis millis() {
    constexpr std::size_t kMost = 1'000'000'000;
    const std::size_t result = number();
    good_ = good_ && result <= kMost;
    return Millis(static_cast<Millis::rep>(good_ ? result : 0));
  }
  /// `NUMBER:TEXT`.
  UpdaterError error() {
    const std::size_t code = number();
    good_ = good_ && code < 100 && !rest_.empty();
    return {static_cast<unsigned>(good_ ? code : 0), std::string(all())};
  }
  std::string_view all() { return std::exchange(rest_, {}); }
  /// Whether the whole text was valid and has been read.
  [[nodiscard]] bool good() const { return good_ && rest_.empty(); }

 private:
  std::string_view field() {
    const std::size_t length = rest_.find(':');
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(length == std::string_view::npos ? rest_.size() : length + 1);
    return text;
  }

  std::string_view rest_;
  bool good_ = true;
};

struct Word {
  std::string_view name;
  std::string_view value;  ///< the text after `=`; empty without one
  void (*apply)(DeviceSetup& setup, Value& value);
};

MidTransferError mid_transfer_error(Value& value, bool reset) {
  MidTransferError result;
  result.at = value.number();
  result.error = value.error();
  result.reset = reset;
  return result;
}

using Setup = DeviceSetup;

constexpr std::array kWords{
    Word{"password", "TEXT", [](Setup& s, Value& v) { s.password = v.all(); }},
    Word{"partition", "BYTES", [](Setup& s, Value& v) { s.partition_size = v.number(); }},
    Word{"port",
         "N",
         [](Setup& s, Value& v) { s.profile.udp_port = static_cast<std::uint16_t>(v.number()); }},
    Word{"window", "BYTES", [](Setup& s, Value& v) { s.profile.window = v.number(); }},
    Word{"mss", "BYTES", [](Setup& s, Value& v) { s.profile.segment_size = v.number(); }},
    Word{"loop-delay", "MS", [](Setup& s, Value& v) { s.quirks.loop_delay = v.millis(); }},
    Word{"blocked-until", "MS", [](Setup& s, Value& v) { s.quirks.blocked_until = v.millis(); }},
    Word{"never-handles", "", [](Setup& s, Value&) { s.quirks.never_handles = true; }},
    Word{"waits-for-response", "", [](Setup& s, Value&) { s.quirks.waits_for_response = true; }},
    Word{
        "answers-in-waitauth", "", [](Setup& s, Value&) { s.quirks.swallows_in_waitauth = false; }},
    Word{"loses-ok", "", [](Setup& s, Value&) { s.quirks.loses_ok = true; }},
    Word{"loses-auth-failed", "", [](Setup& s, Value&) { s.quirks.loses_auth_failed = true; }},
    Word{"other-port", "", [](Setup& s, Value&) { s.quirks.replies_from_other_port = true; }},
    Word{"repeats-challenges", "", [](Setup& s, Value&) { s.quirks.repeats_challenges = true; }},
    Word{"first-nonce-late",
         "MS",
         [](Setup& s, Value& v) { s.quirks.first_nonce_late = v.millis(); }},
    Word{"nonce-length", "N", [](Setup& s, Value& v) { s.quirks.nonce_length = v.number(); }},
    Word{"stores-md5", "", [](Setup& s, Value&) { s.quirks.stores_md5 = true; }},
    Word{"begin-error", "N:TEXT", [](Setup& s, Value& v) { s.quirks.begin_error = v.error(); }},
    Word{"busy-until", "MS", [](Setup& s, Value& v) { s.quirks.busy_until = v.millis(); }},
    Word{"never-connects", "", [](Setup& s, Value&) { s.quirks.never_connects = true; }},
    Word{"stranger-first", "", [](Setup& s, Value&) { s.quirks.stranger_first = true; }},
    Word{"start-callback", "MS", [](Setup& s, Value& v) { s.quirks.start_callback = v.millis(); }},
    Word{"flash-sector", "MS", [](Setup& s, Value& v) { s.quirks.flash_sector = v.millis(); }},
    Word{"glued-acks", "N", [](Setup& s, Value& v) { s.quirks.glued_acks = v.number(); }},
    Word{"ack-piece", "BYTES", [](Setup& s, Value& v) { s.quirks.ack_piece = v.number(); }},
    Word{"stalls-at", "BYTES", [](Setup& s, Value& v) { s.quirks.stalls_at = v.number(); }},
    Word{"error-at",
         "BYTES:N:TEXT",
         [](Setup& s, Value& v) { s.quirks.error_at = mid_transfer_error(v, false); }},
    Word{"error-reset-at",
         "BYTES:N:TEXT",
         [](Setup& s, Value& v) { s.quirks.error_at = mid_transfer_error(v, true); }},
    Word{"vanishes-at",
         "BYTES",
         [](Setup& s, Value& v) {
           s.quirks.vanishes_at = Disappearance{v.number(), false};
         }},
    Word{"resets-at",
         "BYTES",
         [](Setup& s, Value& v) {
           s.quirks.vanishes_at = Disappearance{v.number(), true};
         }},
    Word{"decrypts", "", [](Setup& s, Value&) { s.quirks.decrypts = true; }},
    Word{"verify", "MS", [](Setup& s, Value& v) { s.quirks.verify = v.millis(); }},
    Word{"loses-verdict", "", [](Setup& s, Value&) { s.quirks.loses_verdict = true; }},
    Word{"glues-ok", "", [](Setup& s, Value&) { s.quirks.glues_ok = true; }},
    Word{"repeats-ok", "", [](Setup& s, Value&) { s.quirks.repeats_ok = true; }},
    Word{"text-piece", "BYTES", [](Setup& s, Value& v) { s.quirks.text_piece = v.number(); }},
    Word{"text-gap", "MS", [](Setup& s, Value& v) { s.quirks.text_gap = v.millis(); }},
    Word{"loses-text", "", [](Setup& s, Value&) { s.quirks.loses_text = true; }},
};

Result<void> apply(DeviceSetup& setup, std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const bool has_value = equals != std::string_view::npos;
  for (const Word& known : kWords) {
    if (known.name != name) {
      continue;
    }
    Value value(has_value ? word.substr(equals + 1) : std::string_view());
    known.apply(setup, value);
    if (has_value == known.value.empty() || !value.good()) {
      break;
    }
    return {};
  }
  return fail(Errc::Usage, "no such word: '" + std::string(word) + "'");
}

}  // namespace

Result<DeviceSetup> device_from_words(std::span<const std::string_view> words) {
  DeviceSetup setup;
  bool found = false;
  for (const Profile& profile : all_profiles()) {
    if (!words.empty() && profile.name == words.front()) {
      setup.profile = profile;
      setup.profile.udp_port = 0;
      found = true;
    }
  }
  if (!found) {
    return fail(Errc::Usage, "the first word is a profile");
  }
  for (const std::string_view word : words.subspan(1)) {
    if (const Result<void> applied = apply(setup, word); !applied) {
      return fail(applied.error());
    }
  }
  return setup;
}

std::string known_words() {
  std::string text;
  for (const Profile& profile : all_profiles()) {
    text += std::string(profile.name) + "\n";
  }
  for (const Word& word : kWords) {
    text +=
        std::string(word.name) + (word.value.empty() ? "" : "=" + std::string(word.value)) + "\n";
  }
  return text;
}

}  // namespace otatool::testing
