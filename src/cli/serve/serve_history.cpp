#include "cli/serve/serve_history.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace otatool::cli {

/// What both threads use; the thread may outlive the ServeHistory by one question.
class ServeHistory::State {
 public:
  explicit State(store::StoreAddress address) : address_(std::move(address)) {}

  /// Null if too many wait.
  std::shared_ptr<http::HistoryAnswer> add(fleet::Mac mac) {
    const std::scoped_lock lock(mutex_);
    if (questions_.size() >= kMostQuestions) {
      return nullptr;
    }
    questions_.push_back({mac, std::make_shared<http::HistoryAnswer>()});
    wake_.notify_all();
    return questions_.back().answer;
  }
  void hand_over() {
    const std::scoped_lock lock(mutex_);
    for (auto& [answer, found] : std::exchange(found_, {})) {
      *answer = std::move(found);
    }
  }
  /// Whether the thread ends without waiting for the store.
  bool stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    return !busy_;
  }
  void run();

 private:
  struct Question {
    fleet::Mac mac;
    std::shared_ptr<http::HistoryAnswer> answer;
  };

  [[nodiscard]] http::HistoryAnswer look_up(fleet::Mac mac);
  Result<std::vector<fleet::History>> read(fleet::Mac mac);

  store::StoreAddress address_;
  std::unique_ptr<store::Store> store_;  ///< of the thread

  std::mutex mutex_;  ///< for all below
  std::condition_variable wake_;
  std::deque<Question> questions_;
  std::vector<std::pair<std::shared_ptr<http::HistoryAnswer>, http::HistoryAnswer>> found_;
  bool busy_ = false;
  bool stopping_ = false;
};

Result<std::vector<fleet::History>> ServeHistory::State::read(fleet::Mac mac) {
  if (!store_) {
    TRY(store_, store::open_store(address_, store::Access::Manage));
  }
  TRY_VOID(store_->restore_connection());
  return store_->history_of(mac, kMostEvents);
}

http::HistoryAnswer ServeHistory::State::look_up(fleet::Mac mac) {
  http::HistoryAnswer answer;
  answer.ready = true;
  if (auto events = read(mac)) {
    answer.events = std::move(*events);
  } else {
    answer.problem = events.error().message();
    store_.reset();
  }
  return answer;
}

void ServeHistory::State::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
    if (stopping_) {
      return;
    }
    Question question = std::move(questions_.front());
    questions_.pop_front();
    busy_ = true;
    lock.unlock();
    http::HistoryAnswer found = look_up(question.mac);
    lock.lock();
    busy_ = false;
    found_.emplace_back(std::move(question.answer), std::move(found));
  }
}

ServeHistory::ServeHistory(store::StoreAddress address)
    : state_(std::make_shared<State>(std::move(address))) {}

ServeHistory::~ServeHistory() {
  const bool idle = state_->stop();
  if (thread_.joinable() && idle) {
    thread_.join();
  } else if (thread_.joinable()) {
    thread_.detach();
  }
}

std::shared_ptr<const http::HistoryAnswer> ServeHistory::ask(fleet::Mac mac) {
  if (!thread_.joinable()) {
    thread_ = std::thread([state = state_] { state->run(); });
  }
  auto answer = state_->add(mac);
  if (!answer) {
    answer = std::make_shared<http::HistoryAnswer>();
    answer->ready = true;
    answer->problem = "too many others wait for it";
  }
  return answer;
}

void ServeHistory::on_tick() {
  state_->hand_over();
}

}  // namespace otatool::cli
