#include "device/esphome/esphome_receiver.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <gtest/gtest.h>

#include "otatool/esphome/session.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/overloaded.hpp"

namespace otatool::device {
namespace {

/// A flash in memory that refuses what it is told to refuse.
class Flash final : public EsphomeSink {
 public:
  std::uint8_t begin(std::uint32_t size) override {
    size_ = size;
    return size > limit ? std::uint8_t{esphome::kFaultSpaceEsp32} : std::uint8_t{0};
  }
  std::uint8_t write(Bytes bytes) override {
    image.append(as_text(bytes));
    return 0;
  }
  std::uint8_t finish() override {
    finished = image.size() == size_;
    return finished ? 0 : esphome::kFaultEnd;
  }

  std::size_t limit = 100'000;
  std::string image;
  bool finished = false;

 private:
  std::uint32_t size_ = 0;
};

std::string test_image(std::size_t size) {
  std::string image(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    image[i] = static_cast<char>(i * 31 + i / 251);
  }
  return image;
}

EsphomeSeed device_seed() {
  EsphomeSeed seed;
  seed.nonce.fill(0xAB);
  seed.ephemeral.bytes.fill(9);
  return seed;
}

esphome::EncryptionKey test_key(std::uint8_t fill) {
  esphome::EncryptionKey::Array bytes;
  bytes.fill(fill);
  return esphome::EncryptionKey(bytes);
}

/// The uploader and the device, joined by a wire that carries `piece` bytes at a time.
class Pair {
 public:
  Pair(esphome::Plan plan, EsphomeRules rules, std::string image, std::size_t piece = 4'096)
      : image_(std::move(image)), rules_(std::move(rules)), piece_(piece) {
    esphome::Seed seed;
    seed.cnonce.fill(0xCD);
    seed.ephemeral.fill(5);
    session_.emplace(std::move(plan), seed);
    perform(session_->next(esphome::Connected{}, now_));
  }

  /// The error of the host; nothing after success.
  [[nodiscard]] const std::optional<Error>& host_error() const { return finish_->error; }
  [[nodiscard]] const EsphomeReceiver& device() const { return receiver_; }

  Flash flash;

 private:
  void perform(const esphome::Action& first) {
    std::optional<esphome::Action> action = first;
    while (!finish_) {
      std::visit(
          Overloaded{
              [this](const esphome::Send& send) {
                to_device(as_text(send.bytes));
                next_ = esphome::Sent{};
              },
              [this](const esphome::Wait&) { next_ = from_device(); },
              [this](const esphome::ChoosePayload& choice) {
                EXPECT_FALSE(choice.gzip);
                next_ = esphome::PayloadChosen{as_bytes(image_), espota::md5_hex(as_bytes(image_))};
              },
              [this](const esphome::Finish& finish) { finish_ = finish; },
          },
          *action);
      if (!finish_) {
        action = session_->next(next_, now_);
      }
    }
  }
  void to_device(std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_, bytes.size()))) {
      receiver_.receive(as_bytes(bytes.substr(0, piece_)));
    }
    output_ += receiver_.take_output();
  }
  esphome::Event from_device() {
    if (output_.empty()) {
      return esphome::Closed{false};
    }
    std::string part = output_.substr(0, piece_);
    output_.erase(0, piece_);
    return esphome::BytesReceived{std::move(part)};
  }

  std::string image_;
  EsphomeRules rules_;
  std::size_t piece_;
  EsphomeReceiver receiver_{rules_, device_seed(), flash};
  std::optional<esphome::Session> session_;
  esphome::Millis now_{0};
  esphome::Event next_ = esphome::Connected{};
  std::string output_;
  std::optional<esphome::Finish> finish_;
};

EsphomeRules rules_of(EsphomeProtocol protocol, std::string password = {}) {
  EsphomeRules rules;
  rules.options.protocol = protocol;
  rules.password = Secret(std::move(password));
  return rules;
}

esphome::Plan plan_with(std::string password) {
  esphome::Plan plan;
  plan.password = Secret(std::move(password));
  plan.offer_gzip = false;
  return plan;
}

TEST(EsphomeReceiver, TakesImagesInPiecesOfAnySize) {
  for (const auto protocol :
       {EsphomeProtocol::Version1, EsphomeProtocol::Version2, EsphomeProtocol::Extended}) {
    for (const std::size_t piece : {1U, 2U, 7U, 1'000U, 100'000U}) {
      for (const std::size_t size : {1U, 8'192U, 20'000U}) {
        for (const bool encrypted : {false, protocol == EsphomeProtocol::Extended}) {
          esphome::Plan plan = plan_with("secret");
          EsphomeRules rules = rules_of(protocol, "secret");
          if (encrypted) {
            plan.key = rules.options.key = test_key(3);
          }
          Pair pair(plan, rules, test_image(size), piece);
          ASSERT_FALSE(pair.host_error()) << pair.host_error()->message();
          EXPECT_TRUE(pair.device().succeeded());
          EXPECT_TRUE(pair.flash.finished);
          EXPECT_EQ(pair.flash.image, test_image(size));
        }
      }
    }
  }
}

TEST(EsphomeReceiver, RefusesAnotherPassword) {
  Pair pair(plan_with("wrong"), rules_of(EsphomeProtocol::Extended, "secret"), test_image(10));
  EXPECT_EQ(pair.host_error()->code(), Errc::PasswordRefused);
  EXPECT_EQ(pair.device().error()->code(), Errc::PasswordRefused);
  EXPECT_EQ(pair.flash.image, "");
}

TEST(EsphomeReceiver, RefusesAnotherKeyAndPlainHosts) {
  EsphomeRules rules = rules_of(EsphomeProtocol::Extended);
  rules.options.key = test_key(3);
  esphome::Plan plan = plan_with("");
  Pair plain(plan, rules, test_image(10));
  EXPECT_EQ(plain.host_error()->code(), Errc::EncryptionNeeded);
  plan.key = test_key(4);
  Pair other(plan, rules, test_image(10));
  EXPECT_EQ(other.host_error()->code(), Errc::EncryptionRefused);
  EXPECT_EQ(other.device().error()->code(), Errc::EncryptionRefused);
}

TEST(EsphomeReceiver, ReportsWhatTheFlashRefuses) {
  Pair pair(plan_with(""), rules_of(EsphomeProtocol::Version2), test_image(200'000));
  EXPECT_EQ(pair.host_error()->code(), Errc::DeviceReported);
  EXPECT_FALSE(pair.device().error()) << "the sink knows it";
}

TEST(EsphomeReceiver, ErrorsOnDemandComeAtTheirStep) {
  for (const auto step : {EsphomeStep::Magic,
                          EsphomeStep::Features,
                          EsphomeStep::Auth,
                          EsphomeStep::Size,
                          EsphomeStep::Md5,
                          EsphomeStep::Data,
                          EsphomeStep::End}) {
    EsphomeRules rules = rules_of(EsphomeProtocol::Extended, "secret");
    rules.options.fault = EsphomeFault{0x8A, step};
    Pair pair(plan_with("secret"), rules, test_image(20'000));
    ASSERT_TRUE(pair.host_error());
    EXPECT_EQ(pair.host_error()->message(),
              "the device reported error 8A: it has no update partition");
    EXPECT_EQ(pair.flash.image.empty(), step < EsphomeStep::Data);
    EXPECT_EQ(pair.flash.image.size() == 20'000, step == EsphomeStep::End);
    EXPECT_FALSE(pair.flash.finished);
  }
}

}  // namespace
}  // namespace otatool::device
