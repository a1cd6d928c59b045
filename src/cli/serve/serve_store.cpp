#include "cli/serve/serve_store.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <utility>

#include "otatool/http/update_rules.hpp"
#include "otatool/unix_time.hpp"

#include "cli/frame/option_reader.hpp"
#include "cli/serve/catalogue_sign.hpp"
#include "cli/serve/store_place.hpp"

namespace otatool::cli {
namespace {

using Kind = store::StoreAddress::Kind;

constexpr std::int64_t kSecondsOfDay = 86400;
/// Devices written in one transaction: more than ask between two ticks, so that no change waits for
/// a second, and so few that copying them delays no answer.
constexpr std::size_t kMostInBatch = 10'000;
/// Events merged in one transaction, for which other servers wait.
constexpr std::size_t kMostShared = 500;
constexpr std::chrono::seconds kTimeToFinish{5};
constexpr std::int64_t kForgetEvery = 3600;
/// Between the reloads of several servers.
constexpr std::chrono::seconds kTimeToReload{10};

std::string computer_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

/// Why the store cannot be written, without names of hosts, users and files: /readyz needs no
/// password.
std::string reason_for_everybody(const store::StoreNews& news, bool shared) {
  constexpr std::string_view kBehindFile = "': ";
  if (news.unreachable) {
    return "the database cannot be reached";
  }
  const std::size_t at = news.problem->rfind(kBehindFile);
  if (shared || at == std::string::npos) {
    return "the database takes no changes";
  }
  return news.problem->substr(at + kBehindFile.size());
}

}  // namespace

Result<ServeStore> ServeStore::open(Invocation& invocation,
                                    http::Operations& operations,
                                    const std::string& served_folder) {
  ServeStore made(invocation.messages(), operations);
  OptionReader read(invocation);
  const auto days = read.number<std::uint32_t>("keep", {1, 36500}, 90);
  made.options_.keep_seconds = std::int64_t{days} * kSecondsOfDay;
  const bool named = read.text("store").has_value();
  if (named) {
    made.address_ = read.parsed("store", store::parse_store_address, store::StoreAddress());
  }
  TRY_VOID(read.finish());
  if (named && made.address_.kind == Kind::None) {
    return made;
  }
  const auto opened = [&]() -> Result<void> {
    if (!named) {
      TRY(made.address_.place, state_file(invocation.arguments().front(), ".sqlite3"));
      made.address_.kind = Kind::Sqlite;
    }
    TRY_VOID(check_place(made.address_, served_folder));
    TRY(made.store_, store::open_store(made.address_, store::Access::Serve));
    return made.restore(invocation.arguments().front());
  }();
  if (!opened && named) {
    return fail(opened.error());
  }
  if (!opened) {
    made.address_ = {};
    made.store_.reset();
    invocation.messages().warning(
        fmt::format("devices are kept in memory only, because the store cannot be opened: {}",
                    opened.error().message()));
  }
  return made;
}

Result<void> ServeStore::restore(const std::string& path) {
  fleet::Fleet& fleet = operations_->fleet();
  if (store::SharedStore* const shared = store_->shared()) {
    TRY(clock_difference_, shared->clock_difference());
    shares_ = true;
    fleet.share();
    fleet.set_authority(fleet::Authority::HaltOnly);
    operations_->set_time(time());
    files_ = store_->files();
    const auto prefix = state_file(path, "");
    options_.spool = prefix ? *prefix : std::string();
    options_.runs = [](fleet::Slot slot,
                       const std::string& version,
                       const std::string& md5,
                       const fleet::Image& image) {
      return http::runs_image(slot, version, md5, image);
    };
  }
  TRY_VOID(store_->devices([&fleet](fleet::Device device) { fleet.restore(std::move(device)); }));
  fleet.forget_excess();
  TRY(auto rollouts, store_->rollouts());
  for (fleet::Rollout& rollout : rollouts) {
    fleet.restore(std::move(rollout));
  }
  if (address_.kind == Kind::Sqlite) {
    messages_->note(
        fmt::format("devices are kept in '{}' ({} known)", address_.place, fleet.size()));
  } else {
    messages_->note(fmt::format("devices are kept in PostgreSQL ({} known)", fleet.size()));
  }
  return {};
}

void ServeStore::start(const http::Catalogue& catalogue, http::TlsResumption* resumption) {
  if (!store_) {
    return;
  }
  resumption_ = shares_ ? resumption : nullptr;
  options_.sign = {.name = computer_name(), .catalogue = catalogue_sign(catalogue)};
  options_.tls = resumption_ != nullptr;
  writer_ = std::make_unique<store::StoreWriter>(std::move(store_), options_);
  history_ = std::make_unique<ServeHistory>(address_);
  operations_->use(*history_);
  const bool saves = !options_.spool.empty() && writer_->spool_problem().empty();
  if (shares_ && !saves) {
    messages_->warning("events that PostgreSQL does not take are kept in memory only: " +
                       (options_.spool.empty() ? "HOME is not set" : writer_->spool_problem()));
  }
}

void ServeStore::on_catalogue(const http::Catalogue& catalogue) {
  if (writer_ && shares_) {
    writer_->set_catalogue(catalogue_sign(catalogue));
  }
}

std::int64_t ServeStore::time() const {
  if (!shares_) {
    return unix_time();
  }
  const auto now = std::chrono::steady_clock::now().time_since_epoch() + clock_difference_;
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

void ServeStore::on_tick() {
  if (history_) {
    history_->on_tick();
  }
  prune();
  fleet::Fleet& fleet = operations_->fleet();
  if (!writer_) {
    fleet.drop_changes();
    return;
  }
  take_news();
  if (shares_) {
    share_events();
    warn_of_others();
  }
  warn_of_lost_events();
  if (!writer_->ready()) {
    return;
  }
  auto changes = fleet.take_changes(kMostInBatch);
  if (!changes.empty()) {
    writer_->write(std::move(changes));
  }
}

void ServeStore::take_news() {
  fleet::Fleet& fleet = operations_->fleet();
  store::StoreNews news = writer_->take_news();
  if (news.problem) {
    operations_->on_store(*news.problem, reason_for_everybody(news, shares_));
    if (news.problem->empty()) {
      messages_->note("writing the store works again");
    } else {
      messages_->warning("the store cannot be written (the server continues): " + *news.problem);
    }
  }
  if (news.renewed) {
    messages_->warning("the file of the store was removed: it was made again");
    fleet.mark_all_changed();
  }
  for (const fleet::Rollout& rollout : news.written) {
    // One that conflicts follows below.
    fleet.on_written(rollout);
  }
  for (fleet::Rollout& rollout : news.conflicts) {
    fleet.adopt(std::move(rollout));
  }
  for (fleet::Rollout& rollout : news.rollouts) {
    if (news.reconnected) {
      fleet.adopt(std::move(rollout));
    } else {
      fleet.adopt_if_newer(std::move(rollout));
    }
  }
  take_shared_news(news.shared);
}

void ServeStore::take_shared_news(store::SharedNews& news) {
  fleet::Fleet& fleet = operations_->fleet();
  for (store::MergedDevice& merged : news.devices) {
    fleet.on_merged(merged.device.mac, merged.events);
    fleet.adopt(std::move(merged.device));
  }
  clock_difference_ = news.clock_difference.value_or(clock_difference_);
  if (news.unreadable > 0) {
    messages_->warning(
        fmt::format("{} batches of events in '{}-*.spool' are damaged: they are lost",
                    news.unreadable,
                    options_.spool));
  }
  if (news.others) {
    others_ = std::move(*news.others);
    differs_since_.reset();
    if (others_.empty() && std::exchange(warned_of_others_, false)) {
      messages_->note("all servers of the store serve the same again");
    } else if (!others_.empty()) {
      differs_since_ = std::chrono::steady_clock::now();
    }
  }
  if (news.authority) {
    fleet.set_authority(*news.authority);
  }
  // What others saw may halt a rollout: at once, not at the next tick.
  fleet.step(fleet.now());
  if (resumption_ != nullptr) {
    exchange_tls(news);
  }
}

void ServeStore::exchange_tls(store::SharedNews& news) {
  if (news.ticket_keys) {
    std::vector<http::TicketKey> keys;
    for (store::SharedKey& key : *news.ticket_keys) {
      keys.push_back({.name = std::move(key.name), .secret = std::move(key.secret)});
    }
    resumption_->set_ticket_keys(std::move(keys));
  }
  for (store::SharedSession& session : news.sessions) {
    resumption_->add({.id = std::move(session.id), .content = std::move(session.content)});
  }
  std::vector<store::SharedSession> own;
  for (http::TlsSession& session : resumption_->take_new()) {
    own.push_back({.id = std::move(session.id), .content = std::move(session.content)});
  }
  if (!own.empty()) {
    writer_->share(std::move(own));
  }
}

void ServeStore::share_events() {
  fleet::Fleet& fleet = operations_->fleet();
  for (auto events = fleet.take_events(kMostShared); !events.empty();
       events = fleet.take_events(kMostShared)) {
    std::vector<fleet::Mac> macs;
    macs.reserve(events.size());
    for (const fleet::Event& event : events) {
      macs.push_back(event.mac);
    }
    if (!writer_->share(std::move(events))) {
      fleet.on_lost(macs);
    }
  }
  writer_->save_events();
}

void ServeStore::warn_of_lost_events() {
  if (operations_->fleet().lost_events() > 0 && !std::exchange(warned_of_lost_events_, true)) {
    messages_->warning(
        "there is no room for more events until the store takes them: they are lost");
  }
}

/// Servers load a changed folder at different moments.
void ServeStore::warn_of_others() {
  if (differs_since_ && std::chrono::steady_clock::now() - *differs_since_ >= kTimeToReload) {
    differs_since_.reset();
    warned_of_others_ = true;
    messages_->warning(fmt::format("other servers of the store serve other rules or images: {}",
                                   fmt::join(others_, ", ")));
  }
}

void ServeStore::prune() {
  const std::int64_t now = operations_->fleet().now();
  const std::int64_t gap = now - pruned_;
  if (gap >= 0 && gap < kForgetEvery) {
    return;
  }
  pruned_ = now;
  // After a start, and after the clock was set, devices have an hour to ask.
  if (gap >= 0 && gap < 2 * kForgetEvery) {
    operations_->fleet().forget_unseen(now - options_.keep_seconds);
  }
}

void ServeStore::finish() {
  if (!writer_) {
    return;
  }
  const auto end = std::chrono::steady_clock::now() + kTimeToFinish;
  fleet::Fleet& fleet = operations_->fleet();
  const auto left = [end] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::max(end - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration(0)));
  };
  if (shares_) {
    share_events();
  }
  for (auto changes = fleet.take_changes(kMostInBatch); !changes.empty();
       changes = fleet.take_changes(kMostInBatch)) {
    if (!writer_->wait_until_ready(left())) {
      messages_->warning("the store could not be written: the last events are lost");
      return;
    }
    writer_->write(std::move(changes));
  }
  if (!writer_->finish(left())) {
    messages_->warning("the store could not be written: the last events are lost");
  }
}

std::string ServeStore::folder() const {
  const std::string& file = shares_ ? options_.spool : address_.place;
  if (file.empty() || (!shares_ && address_.kind != Kind::Sqlite)) {
    return {};
  }
  std::error_code error;
  return std::filesystem::absolute(file, error).parent_path().string();
}

}  // namespace otatool::cli
