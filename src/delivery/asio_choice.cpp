#include <algorithm>

#include "otatool/delivery/choice.hpp"

#include "delivery/asio_delivery.hpp"

namespace otatool::delivery {
namespace asio = boost::asio;

namespace {

class ChoosingDelivery final : public Delivery {
 public:
  explicit ChoosingDelivery(Deliveries candidates) : candidates_(std::move(candidates)) {}

  [[nodiscard]] std::string name() const override { return last().name(); }
  [[nodiscard]] Destination destination() const override { return last().destination(); }
  [[nodiscard]] std::string via() const override {
    return chosen_ == nullptr ? std::string() : chosen_->via();
  }
  [[nodiscard]] std::string kind() const override {
    return chosen_ == nullptr ? std::string() : chosen_->kind();
  }
  [[nodiscard]] asio::awaitable<std::optional<Error>> attempt(Attempt attempt,
                                                              Surroundings surroundings) override {
    co_await choose(attempt, surroundings);
    co_return co_await chosen_->attempt(attempt, surroundings);
  }
  [[nodiscard]] asio::awaitable<Sight> look(Attempt attempt, Surroundings surroundings) override {
    co_await choose(attempt, surroundings);
    co_return co_await chosen_->look(attempt, surroundings);
  }
  [[nodiscard]] asio::awaitable<bool> recognises(Attempt attempt,
                                                 Surroundings surroundings) override {
    co_await choose(attempt, surroundings);
    co_return chosen_ != candidates_.back().get();
  }
  [[nodiscard]] std::chrono::milliseconds longest_attempt() const override {
    const auto longest =
        std::ranges::max(candidates_, {}, [](const auto& each) { return each->longest_attempt(); });
    return longest->longest_attempt() + kLongestProbe * static_cast<int>(candidates_.size());
  }
  [[nodiscard]] std::optional<RetryAdvice> retry(const Error& error,
                                                 unsigned attempt,
                                                 unsigned retries) const override {
    return (chosen_ == nullptr ? last() : *chosen_).retry(error, attempt, retries);
  }
  [[nodiscard]] bool lockstep(bool last_retry) const override {
    return (chosen_ == nullptr ? last() : *chosen_).lockstep(last_retry);
  }

 private:
  [[nodiscard]] const Delivery& last() const { return *candidates_.back(); }
  asio::awaitable<void> choose(Attempt attempt, Surroundings surroundings) {
    for (std::size_t i = 0; i + 1 < candidates_.size() && chosen_ == nullptr; ++i) {
      const bool found = co_await candidates_[i]->recognises(attempt, surroundings);
      chosen_ = found ? candidates_[i].get() : nullptr;
    }
    chosen_ = chosen_ == nullptr ? candidates_.back().get() : chosen_;
  }

  Deliveries candidates_;
  Delivery* chosen_ = nullptr;
};

}  // namespace

std::shared_ptr<Delivery> first_that_recognises(Deliveries candidates) {
  return std::make_shared<ChoosingDelivery>(std::move(candidates));
}

}  // namespace otatool::delivery
