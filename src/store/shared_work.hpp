// The part of the writing thread that several servers on one database need: events go out, merged
// devices come back. push(), save() and take_news() are for the server's thread, work() and
// on_failure() for the writing one.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "otatool/store/shared_store.hpp"
#include "otatool/store/store_writer.hpp"

#include "store/event_queue.hpp"

namespace otatool::store {

class SharedWork {
 public:
  SharedWork(SharedStore& store, EventQueue queue, const WriterOptions& options);

  [[nodiscard]] bool push(std::vector<fleet::Event> events);
  void push(std::vector<SharedSession> sessions);
  void save();
  void set_catalogue(std::string catalogue);
  [[nodiscard]] SharedNews take_news();
  [[nodiscard]] bool empty();
  /// Saves everything. False if there was no room.
  [[nodiscard]] bool save_all();

  /// Merges what waits, for a tenth of a second, and counts the events. `renewed`: the connection
  /// is a new one.
  Result<std::size_t> write(bool renewed);
  /// Meets the other servers and asks who leads. True if rollouts and devices must be read.
  Result<bool> meet();
  /// Reads what others changed.
  Result<void> read(bool changed);
  void on_failure();
  [[nodiscard]] bool leads() const { return leads_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  Result<void> exchange_tls();
  void add_merged(const EventBatch& batch, bool fresh, std::vector<fleet::Device> devices);

  SharedStore& store_;
  fleet::RunsImage runs_;
  bool tls_;
  std::vector<std::string> key_names_;
  bool leads_ = false;
  bool behind_ = true;  ///< not everything that others changed is read
  Time met_;
  std::vector<std::string> others_;

  std::mutex mutex_;  ///< for all below
  EventQueue queue_;
  ServerSign sign_;
  SharedNews news_;
  std::vector<SharedSession> sessions_;  ///< of this server
};

}  // namespace otatool::store
