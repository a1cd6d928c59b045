// Actions at virtual times, in the order of their times, then of their insertion.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "tests/support/stock_profile.hpp"

namespace otatool::testing {

class Agenda {
 public:
  using Task = std::function<void()>;

  [[nodiscard]] Millis now() const { return now_; }
  [[nodiscard]] bool empty() const { return tasks_.empty(); }
  [[nodiscard]] Millis next() const { return tasks_.begin()->first.first; }

  void at(Millis time, Task task) {
    tasks_.emplace(std::pair(std::max(time, now_), order_++), std::move(task));
  }
  void after(Millis delay, Task task) { at(now_ + delay, std::move(task)); }

  /// Advances the time without performing an action.
  void pass_to(Millis time) { now_ = std::max(now_, time); }

  void run_next() {
    auto node = tasks_.extract(tasks_.begin());
    pass_to(node.key().first);
    node.mapped()();
  }

 private:
  Millis now_{0};
  std::uint64_t order_ = 0;
  std::map<std::pair<Millis, std::uint64_t>, Task> tasks_;
};

}  // namespace otatool::testing
