#include "otatool/store/store_writer.hpp"

#include <algorithm>
#include <condition_variable>
#include <fmt/format.h>
#include <iterator>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "store/shared_work.hpp"

namespace otatool::store {
namespace {

using Clock = std::chrono::steady_clock;

/// Time between two queries for changes of other servers. Another server follows a halt of the
/// leading server after at most one query and one tick.
constexpr std::chrono::milliseconds kLook{200};
constexpr std::chrono::milliseconds kLookShared{50};
/// After a failure.
constexpr std::chrono::milliseconds kPause{1000};
constexpr std::chrono::hours kPruneEvery{1};
/// Events after which a server prunes at once, also if another one leads.
constexpr std::size_t kPruneAfter = 50'000;

std::string new_event_source() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

/// What both threads use; the thread may outlive the StoreWriter by one statement.
class StoreWriter::State {
 public:
  State(std::unique_ptr<Store> store, const WriterOptions& options, std::optional<Spool> spool)
      : store_(std::move(store)), options_(options) {
    if (store_->shared() != nullptr) {
      shared_ = std::make_unique<SharedWork>(
          *store_->shared(), EventQueue(new_event_source(), std::move(spool)), options);
    }
  }

  void run();

  [[nodiscard]] bool ready() {
    const std::scoped_lock lock(mutex_);
    return !pending_;
  }
  bool wait_until_ready(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return done_.wait_for(lock, time, [this] { return !pending_; });
  }
  void write(fleet::Changes changes) {
    const std::scoped_lock lock(mutex_);
    pending_ = std::make_shared<const fleet::Changes>(std::move(changes));
    wake_.notify_all();
  }
  [[nodiscard]] StoreNews take_news() {
    const std::scoped_lock lock(mutex_);
    StoreNews news = std::exchange(news_, {});
    if (shared_) {
      news.shared = shared_->take_news();
    }
    return news;
  }
  [[nodiscard]] SharedWork* shared() { return shared_.get(); }
  void wake() {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
    wake_.notify_all();
  }
  bool finish(std::chrono::milliseconds time);
  /// Whether the thread only has to return.
  [[nodiscard]] bool ended() {
    const std::scoped_lock lock(mutex_);
    return ended_;
  }

 private:
  Result<void> work();
  Result<void> write_pending();
  Result<void> look();
  Result<void> prune();
  /// Whether the thread goes on.
  bool rest(const Result<void>& worked);

  std::unique_ptr<Store> store_;
  std::unique_ptr<SharedWork> shared_;  ///< null for a store of one server
  WriterOptions options_;
  std::uint64_t batch_ = 0;
  bool failing_ = false;
  bool reconnected_ = false;  ///< the rollouts must be read again
  bool repeat_ = false;       ///< the last batches must be written again
  std::optional<Clock::time_point> pruned_;
  std::size_t written_ = 0;  ///< events since pruned_

  std::mutex mutex_;  ///< for all below
  std::condition_variable wake_;
  std::condition_variable done_;
  std::shared_ptr<const fleet::Changes> pending_;
  StoreNews news_;
  bool woken_ = false;
  bool stopping_ = false;
  bool abandoned_ = false;
  bool ended_ = false;
};

void StoreWriter::State::run() {
  while (rest(work())) {
  }
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  done_.notify_all();
}

Result<void> StoreWriter::State::work() {
  TRY(const Connection connection, store_->restore_connection());
  if (connection != Connection::Kept) {
    const std::scoped_lock lock(mutex_);
    news_.renewed = connection == Connection::Empty;
    reconnected_ = reconnected_ || connection == Connection::Renewed;
    repeat_ = reconnected_;
  }
  TRY_VOID(write_pending());
  if (shared_) {
    TRY(const std::size_t merged, shared_->write(std::exchange(repeat_, false)));
    written_ += merged;
  }
  TRY_VOID(look());
  return prune();
}

Result<void> StoreWriter::State::write_pending() {
  std::shared_ptr<const fleet::Changes> changes;
  {
    const std::scoped_lock lock(mutex_);
    changes = pending_;
  }
  if (!changes) {
    return {};
  }
  TRY(auto conflicts, store_->append(*changes, batch_));
  ++batch_;
  written_ += changes->history.size();
  const std::scoped_lock lock(mutex_);
  pending_.reset();
  done_.notify_all();
  for (fleet::Rollout rollout : shared_ ? changes->rollouts : std::vector<fleet::Rollout>()) {
    ++rollout.revision;
    news_.written.push_back(std::move(rollout));
  }
  std::ranges::move(conflicts, std::back_inserter(news_.conflicts));
  return {};
}

Result<void> StoreWriter::State::look() {
  TRY(bool changed, store_->changed_by_others());
  if (shared_) {
    TRY(const bool other_leader, shared_->meet());
    changed = changed || other_leader || reconnected_;
  }
  if (changed) {
    TRY(auto rollouts, store_->rollouts());
    const std::scoped_lock lock(mutex_);
    news_.rollouts = std::move(rollouts);
    news_.reconnected = news_.reconnected || std::exchange(reconnected_, false);
  }
  return shared_ ? shared_->read(changed) : Result<void>();
}

Result<void> StoreWriter::State::prune() {
  const auto now = Clock::now();
  const bool others_do = shared_ && !shared_->leads();
  const bool early = others_do || (pruned_ && now - *pruned_ < kPruneEvery);
  if (early && written_ < kPruneAfter) {
    return {};
  }
  TRY(const std::int64_t time, time_of(*store_));
  TRY(const bool more, store_->prune(time - options_.keep_seconds, options_.most_history));
  if (!more) {
    pruned_ = now;
    written_ = 0;
  }
  return {};
}

bool StoreWriter::State::rest(const Result<void>& worked) {
  if (shared_ && !worked) {
    shared_->on_failure();
  }
  std::unique_lock lock(mutex_);
  if (worked.has_value() == failing_) {
    failing_ = !worked;
    news_.problem = worked ? std::string() : worked.error().message();
    news_.unreachable = !worked && worked.error().code() == Errc::NetworkFailed;
  }
  const bool done = !pending_ && (!shared_ || shared_->empty());
  if (abandoned_ || (stopping_ && done)) {
    return false;
  }
  if (worked) {
    woken_ = woken_ || (shared_ && !shared_->empty());
    wake_.wait_for(
        lock, shared_ ? kLookShared : kLook, [this] { return pending_ || stopping_ || woken_; });
    woken_ = false;
  } else {
    wake_.wait_for(lock, kPause, [this] { return abandoned_; });
  }
  return true;
}

bool StoreWriter::State::finish(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  const auto ended = [this] { return ended_; };
  const bool in_time = done_.wait_for(lock, time, ended);
  abandoned_ = true;
  wake_.notify_all();
  return !pending_ && (in_time || (shared_ && shared_->save_all()));
}

StoreWriter::StoreWriter(std::unique_ptr<Store> store, const WriterOptions& options) {
  std::optional<Spool> spool;
  if (store->shared() != nullptr && !options.spool.empty()) {
    auto opened = Spool::open(options.spool);
    if (opened) {
      spool = std::move(*opened);
    } else {
      spool_problem_ = opened.error().message();
    }
  }
  state_ = std::make_shared<State>(std::move(store), options, std::move(spool));
  thread_ = std::thread([state = state_] { state->run(); });
}

StoreWriter::~StoreWriter() {
  finish(std::chrono::milliseconds(0));
}

bool StoreWriter::ready() const {
  return state_->ready();
}

bool StoreWriter::wait_until_ready(std::chrono::milliseconds time) {
  return state_->wait_until_ready(time);
}

void StoreWriter::write(fleet::Changes changes) {
  state_->write(std::move(changes));
}

StoreNews StoreWriter::take_news() {
  return state_->take_news();
}

bool StoreWriter::share(std::vector<fleet::Event> events) {
  const bool room = state_->shared()->push(std::move(events));
  state_->wake();
  return room;
}

void StoreWriter::save_events() {
  state_->shared()->save();
}

void StoreWriter::share(std::vector<SharedSession> sessions) {
  state_->shared()->push(std::move(sessions));
}

void StoreWriter::set_catalogue(std::string catalogue) {
  state_->shared()->set_catalogue(std::move(catalogue));
}

bool StoreWriter::finish(std::chrono::milliseconds time) {
  const bool written = state_->finish(time);
  if (thread_.joinable() && state_->ended()) {
    thread_.join();
  } else if (thread_.joinable()) {
    thread_.detach();
  }
  return written;
}

}  // namespace otatool::store
