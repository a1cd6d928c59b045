#include "tests/unit/esphome/conversation.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "otatool/espota/digest.hpp"
#include "otatool/overloaded.hpp"

namespace otatool::esphome {
namespace {

constexpr std::size_t kAll = static_cast<std::size_t>(-1);

bool never(std::size_t /*at*/) {
  return false;
}

std::string md5_of(std::string_view bytes) {
  return espota::md5_hex(as_bytes(bytes));
}

bool may_have_committed(const Host& host) {
  const Session& session = host.session();
  return session.phase() == Phase::AwaitingVerdict;
}

}  // namespace

std::string small_image(std::size_t size) {
  std::string image(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    image[i] = static_cast<char>(i * 7 + i / 256);
  }
  return image;
}

std::string packed(std::string_view image) {
  return "packed" + std::string(image.substr(0, image.size() / 2));
}

std::string bytes_of(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) {
    text.push_back(static_cast<char>(byte));
  }
  return text;
}

std::string size_field(std::size_t size) {
  return bytes_of({static_cast<int>(size >> 24U),
                   static_cast<int>(size >> 16U & 0xFFU),
                   static_cast<int>(size >> 8U & 0xFFU),
                   static_cast<int>(size & 0xFFU)});
}

Seed fixed_seed() {
  Seed seed;
  seed.cnonce.fill(0xCD);
  seed.ephemeral.fill(0x42);
  return seed;
}

Host::Host(Plan plan, std::string_view image)
    : image_(image), packed_(packed(image)), session_(std::move(plan), fixed_seed()) {
  give(Connected{});
}

void Host::give(const Event& event) {
  ASSERT_FALSE(finished());
  perform(session_.next(event, now_));
}

void Host::receive(std::string_view bytes) {
  give(BytesReceived{std::string(bytes)});
}

void Host::time_out() {
  now_ = deadline_;
  give(TimedOut{});
}

void Host::perform(Action action) {
  for (;;) {
    std::optional<Event> next;
    std::visit(Overloaded{
                   [&](const Send& send) {
                     sent_.append(as_text(send.bytes));
                     deadline_ = send.deadline;
                     next = Sent{};
                   },
                   [&](const Wait& wait) { deadline_ = wait.deadline; },
                   [&](const ChoosePayload& choice) {
                     const std::string& bytes = choice.gzip ? packed_ : image_;
                     next = PayloadChosen{as_bytes(bytes), md5_of(bytes)};
                   },
                   [&](const Finish& finish) { finish_ = finish; },
               },
               action);
    if (!next) {
      return;
    }
    action = session_.next(*next, now_);
  }
}

Conversation& Conversation::host(std::string bytes) {
  turns_.push_back({true, std::move(bytes)});
  return *this;
}

Conversation& Conversation::device(std::string bytes) {
  turns_.push_back({false, std::move(bytes)});
  return *this;
}

Conversation& Conversation::greeting(int version, int features) {
  return host(bytes_of({0x6C, 0x26, 0xF7, 0x5C, 0x45}))
      .device({0x00, version})
      .host(bytes_of({features}));
}

Conversation& Conversation::transfer(const std::string& payload,
                                     int version,
                                     const std::string& prefix) {
  host(prefix + size_field(payload.size())).device({0x42});
  host(md5_of(payload)).device({0x43}).host(payload);
  if (version == 2) {
    device(std::string((payload.size() + kBlockBytes - 1) / kBlockBytes, '\x47'));
  }
  return *this;
}

Conversation& Conversation::success() {
  return device({0x44, 0x45}).host(bytes_of({0x00}));
}

std::size_t Conversation::device_bytes() const {
  std::size_t count = 0;
  for (const Turn& turn : turns_) {
    count += turn.of_host ? 0 : turn.bytes.size();
  }
  return count;
}

void Conversation::play(Host& host,
                        const std::function<bool(std::size_t)>& cut,
                        std::size_t limit) const {
  std::size_t at = 0;  // bytes of the device so far
  for (const Turn& turn : turns_) {
    if (turn.of_host) {
      ASSERT_EQ(host.take_sent(), turn.bytes);
      continue;
    }
    std::string piece;
    for (const char byte : turn.bytes) {
      if (at == limit) {
        break;
      }
      piece.push_back(byte);
      if (cut(++at) && !host.finished()) {
        host.receive(std::exchange(piece, {}));
      }
    }
    if (!piece.empty() && !host.finished()) {
      host.receive(piece);
    }
    if (at == limit) {
      return;
    }
  }
}

void Conversation::succeeds() const {
  const auto check = [this](const std::function<bool(std::size_t)>& cut) {
    Host host(plan_, image_);
    play(host, cut, kAll);
    ASSERT_TRUE(host.finished());
    EXPECT_EQ(host.error(), std::nullopt);
    EXPECT_EQ(host.session().delivered(), host.session().total());
    EXPECT_EQ(host.session().phase(), Phase::Done);
  };
  check(never);
  check([](std::size_t) { return true; });
  for (std::size_t at = 1; at < device_bytes(); ++at) {
    check([at](std::size_t here) { return here == at; });
  }
}

void Conversation::fails(Errc code) const {
  for (const bool bytewise : {false, true}) {
    Host host(plan_, image_);
    play(
        host, [bytewise](std::size_t) { return bytewise; }, kAll);
    ASSERT_TRUE(host.finished());
    ASSERT_TRUE(host.error());
    EXPECT_EQ(host.error()->code(), code) << host.error()->message();
    EXPECT_FALSE(host.error()->message().empty());
  }
}

void Conversation::fails_properly_at_each_step() const {
  // Once the device has sent its last byte, the update has succeeded.
  for (std::size_t limit = 0; limit < device_bytes(); ++limit) {
    SCOPED_TRACE("after " + std::to_string(limit) + " bytes of the device");
    fail_after(limit);
  }
}

void Conversation::fail_after(std::size_t limit) const {
  const auto run = [&](const std::function<void(Host&)>& failure) {
    Host host(plan_, image_);
    play(host, never, limit);
    ASSERT_FALSE(host.finished());
    const bool unknown = may_have_committed(host);
    failure(host);
    ASSERT_TRUE(host.finished());
    ASSERT_TRUE(host.error());
    const Errc code = host.error()->code();
    constexpr std::array kLost = {Errc::NoAnswer,
                                  Errc::Stalled,
                                  Errc::ConnectionClosed,
                                  Errc::ConnectionReset,
                                  Errc::NetworkFailed,
                                  Errc::VerdictLost};
    if (std::ranges::find(kLost, code) != kLost.end()) {
      EXPECT_EQ(code == Errc::VerdictLost, unknown) << host.error()->message();
    }
  };
  run([](Host& host) { host.time_out(); });
  run([](Host& host) { host.give(Closed{false}); });
  run([](Host& host) { host.give(Closed{true}); });
  run([](Host& host) {
    host.receive("\x13");
    if (!host.finished()) {  // a part of a frame, or of something longer
      host.time_out();
    }
  });
}

}  // namespace otatool::esphome
