// Keeps devices and statistics of a running update server by what happens to it. Bounded memory; no
// clock, callers pass the time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "otatool/fleet/fleet.hpp"
#include "otatool/http/catalogue.hpp"
#include "otatool/http/server_facts.hpp"
#include "otatool/http/site.hpp"

namespace otatool::http {

/// Texts of a request's head as the client sent them; nothing where it sent none.
struct RequestTexts {
  std::optional<std::string> line;
  std::optional<std::string> user;  ///< of the scheme Basic, whether or not the login is right
  std::optional<std::string> referrer;
  std::optional<std::string> agent;
};

/// One finished request.
struct RequestRecord {
  std::string client;  ///< address
  std::string method;
  unsigned status = 0;
  std::uint64_t bytes = 0;  ///< bytes of the body that were sent
  bool complete = false;    ///< the client's TCP acknowledged all of it
  double seconds = 0;
  std::int64_t time = 0;  ///< of arrival, seconds since 1970
  Account account;
  RequestTexts texts;  ///< with ServerOptions::keep_texts
};

class Operations final : public Reports {
 public:
  static constexpr std::size_t kMostDevices = 100'000;

  /// Unknown devices above `most_devices` are served and counted, but not kept.
  explicit Operations(std::int64_t started, std::size_t most_devices = kMostDevices);

  /// Seconds since 1970, for texts and events; rollouts go on.
  void set_time(std::int64_t now);
  void on_connections(std::size_t open) { facts_.connections = open; }
  void on_refused_connection() { ++facts_.refused_connections; }
  /// Sending an image has begun.
  void on_download_started(const RequestRecord& record);
  void on_request(const RequestRecord& record);
  /// A catalogue was loaded: its rules, rollouts and names are in force.
  void on_catalogue(const Catalogue& catalogue);
  /// A catalogue was loaded again, or rejected with `problem`, which is shown until the next
  /// success.
  void on_reload(const std::string& problem);
  /// Why the store cannot be written; empty: it can. `reason`: for everybody, without names.
  void on_store(const std::string& problem, const std::string& reason) {
    facts_.store_problem = problem;
    facts_.store_reason = reason;
  }

  [[nodiscard]] const ServerFacts& facts() const override { return facts_; }
  [[nodiscard]] std::shared_ptr<const HistoryAnswer> history(fleet::Mac mac) const override {
    return archive_ == nullptr ? nullptr : archive_->ask(mac);
  }
  [[nodiscard]] Result<void> change(const fleet::RolloutChange& change) override {
    return facts_.fleet.change(change);
  }
  /// `archive` must outlive the use of history().
  void use(HistoryArchive& archive) { archive_ = &archive; }
  [[nodiscard]] const fleet::Fleet& fleet() const { return facts_.fleet; }
  [[nodiscard]] fleet::Fleet& fleet() { return facts_.fleet; }

 private:
  /// The event of a device; nothing if the record is of no device, or nothing was decided about it:
  /// a client without a password, or with a malformed request, changes no device.
  [[nodiscard]] std::optional<fleet::Event> event_of(const RequestRecord& record) const;

  ServerFacts facts_;
  HistoryArchive* archive_ = nullptr;
};

}  // namespace otatool::http
