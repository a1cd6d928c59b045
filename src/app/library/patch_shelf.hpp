// The difference updates that `serve` offers. Makes them in a second thread, one after the other,
// and keeps a limited number. A request never waits: it gets what is there.
#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "otatool/http/catalogue.hpp"
#include "otatool/http/device_request.hpp"

namespace otatool::app {

class PatchShelf {
 public:
  /// `folders`: where the old images are. `even_larger`: keeps patches that are not smaller than
  /// the file.
  PatchShelf(std::vector<std::string> folders, bool even_larger)
      : folders_(std::move(folders)), even_larger_(even_larger) {}

  /// The patch from `running` to the image of `file`. Null if it cannot be made, or is not made
  /// yet; the first such call orders it.
  [[nodiscard]] std::shared_ptr<const http::Deliverable> find(const http::RunningImage& running,
                                                              const http::ServedFile& file);
  /// Keeps the finished patch, if any, and starts the next one. Call it several times a second.
  void poll();
  /// Whether orders are open.
  [[nodiscard]] bool busy() const { return !orders_.empty(); }

 private:
  using Patch = std::shared_ptr<const http::Deliverable>;

  struct Order {
    http::RunningImage running;
    http::Deliverable image;  ///< that the patch makes
    std::uint64_t limit = 0;  ///< bytes that the patch must not reach
    std::string key;
  };
  struct Entry {
    std::string key;
    Patch patch;              ///< null: cannot be made
    std::uint64_t round = 0;  ///< of polls in which it was made
  };

  static Patch make(const std::vector<std::string>& folders, const Order& order);
  void keep(Entry entry);

  std::vector<std::string> folders_;
  bool even_larger_;
  std::list<Entry> entries_;  ///< last used first
  std::deque<Order> orders_;  ///< the first one is being made if making_ is valid
  std::future<Patch> making_;
  std::uint64_t round_ = 0;
};

}  // namespace otatool::app
