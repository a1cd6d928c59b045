// Reads past events of devices from the store of `serve`, in a thread and with a connection of its
// own, for the pages of devices.
#pragma once

#include <cstddef>
#include <memory>
#include <thread>

#include "otatool/http/history_archive.hpp"
#include "otatool/store/store.hpp"

namespace otatool::cli {

class ServeHistory final : public http::HistoryArchive {
 public:
  /// Questions that wait for the thread.
  static constexpr std::size_t kMostQuestions = 64;
  /// Events of one answer.
  static constexpr std::size_t kMostEvents = 200;

  /// Opens nothing before the first question.
  explicit ServeHistory(store::StoreAddress address);
  ServeHistory(const ServeHistory&) = delete;
  ServeHistory& operator=(const ServeHistory&) = delete;
  /// Does not wait for a store that does not answer.
  ~ServeHistory() override;

  [[nodiscard]] std::shared_ptr<const http::HistoryAnswer> ask(fleet::Mac mac) override;
  /// Makes answers ready; several times a second.
  void on_tick();

 private:
  class State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace otatool::cli
