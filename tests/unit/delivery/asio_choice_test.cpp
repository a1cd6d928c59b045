#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "otatool/delivery/choice.hpp"

#include "delivery/asio_worker_pool.hpp"

namespace otatool::delivery {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;

using Notes = std::vector<std::string>;

/// A transport that writes down what it is asked.
class Candidate final : public Delivery {
 public:
  Candidate(Notes& notes, std::string way, bool recognises)
      : notes_(notes), way_(std::move(way)), recognises_(recognises) {}

  [[nodiscard]] std::string name() const override { return "kitchen"; }
  [[nodiscard]] Destination destination() const override { return {"127.0.0.1"}; }
  [[nodiscard]] std::string via() const override { return way_; }
  asio::awaitable<bool> recognises(Attempt /*attempt*/, Surroundings /*surroundings*/) override {
    notes_.push_back(way_ + " asks");
    co_return recognises_;
  }
  asio::awaitable<Sight> look(Attempt /*attempt*/, Surroundings /*surroundings*/) override {
    notes_.push_back(way_ + " looks");
    co_return Sight{Sight::State::Up, {"1.1"}};
  }
  asio::awaitable<std::optional<Error>> attempt(Attempt attempt,
                                                Surroundings /*surroundings*/) override {
    notes_.push_back(way_ + " sends");
    co_return attempt.number == 1 ? std::optional(Error(Errc::Stalled, "stalled")) : std::nullopt;
  }

 private:
  Notes& notes_;
  std::string way_;
  bool recognises_;
};

class Unheard final : public Observer {
 public:
  void on_event(std::size_t /*target*/, const Event& /*event*/) override {}
  void on_report(std::size_t /*target*/, const Report& /*report*/) override {}
};

class Choice : public testing::Test {
 protected:
  Report send(bool form, bool esphome, bool only_outdated = false) {
    Deliveries candidates = {std::make_shared<Candidate>(notes_, "form", form),
                             std::make_shared<Candidate>(notes_, "esphome", esphome),
                             std::make_shared<Candidate>(notes_, "espota", false)};
    PoolOptions options{1, 1};
    options.only_outdated = only_outdated;
    options.image.version = "2.0";
    Unheard observer;
    return deliver_all({first_that_recognises(std::move(candidates))}, options, observer).front();
  }

  Notes notes_;
};

TEST_F(Choice, TakesTheFirstThatRecognisesTheDevice) {
  EXPECT_EQ(send(false, true).via, "esphome");
  EXPECT_THAT(notes_, ElementsAre("form asks", "esphome asks", "esphome sends", "esphome sends"))
      << "the next attempt asks no more";
}

TEST_F(Choice, AsksNoOtherAfterTheFirst) {
  EXPECT_EQ(send(true, true).via, "form");
  EXPECT_THAT(notes_, ElementsAre("form asks", "form sends", "form sends"));
}

TEST_F(Choice, TheLastOneIsNotAsked) {
  EXPECT_EQ(send(false, false).via, "espota");
  EXPECT_THAT(notes_, ElementsAre("form asks", "esphome asks", "espota sends", "espota sends"));
}

TEST_F(Choice, ALookBeforeTheUploadChoosesToo) {
  EXPECT_EQ(send(false, true, true).via, "esphome");
  EXPECT_THAT(
      notes_,
      ElementsAre("form asks", "esphome asks", "esphome looks", "esphome sends", "esphome sends"));
}

}  // namespace
}  // namespace otatool::delivery
