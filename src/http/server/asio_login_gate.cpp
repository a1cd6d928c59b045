#include "http/server/asio_login_gate.hpp"

#include <chrono>
#include <memory>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace otatool::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Outcome = LoginResult::Outcome;

constexpr std::chrono::seconds kBusyWait{2};

asio::awaitable<void> wait_until_cancelled(asio::steady_timer& timer) {
  error_code cancelled;
  timer.expires_at(asio::steady_timer::time_point::max());
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

}  // namespace

/// A check's place in the queue and, once it has come, its turn to use the thread.
class LoginGate::Turn {
 public:
  Turn(LoginGate& gate, const std::string& address)
      : gate_(gate), count_(gate.waiting_by_address_.try_emplace(address).first) {
    ++gate_.waiting_;
    ++count_->second;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { release(); }

  asio::awaitable<void> come() {
    if (std::exchange(gate_.hashing_, true)) {
      asio::steady_timer timer(gate_.executor_);
      gate_.queue_.push_back(&timer);
      co_await wait_until_cancelled(timer);
    }
    mine_ = true;
  }

 private:
  void release() noexcept {
    --gate_.waiting_;
    if (--count_->second == 0) {
      gate_.waiting_by_address_.erase(count_);
    }
    if (!mine_) {
      return;
    }
    if (gate_.queue_.empty()) {
      gate_.hashing_ = false;
      return;
    }
    try {
      gate_.queue_.front()->cancel();
    } catch (const boost::system::system_error&) {
      // cancel() does not throw in practice, but this function is noexcept.
    }
    gate_.queue_.pop_front();
  }

  LoginGate& gate_;
  std::map<std::string, std::size_t>::iterator count_;
  bool mine_ = false;
};

/// A password that the thread hashes. The event loop uses `result` only after the end of `done`.
struct LoginGate::Job {
  Job(const asio::any_io_executor& executor, PasswordCheck wanted)
      : check(std::move(wanted)), done(executor) {}

  PasswordCheck check;
  asio::steady_timer done;
  bool result = false;
};

LoginResult LoginGate::refuse(const LoginAttempt& attempt) {
  delays_.on_failure(attempt.address,
                     attempt.guard.realm,
                     attempt.authorization,
                     std::chrono::steady_clock::now());
  return {Outcome::Wrong, {}};
}

LoginGate::Decision LoginGate::decide(const LoginAttempt& attempt) {
  const auto left = delays_.left(attempt.address, std::chrono::steady_clock::now());
  if (left.count() > 0) {
    return LoginResult{Outcome::Delayed, std::chrono::ceil<std::chrono::seconds>(left)};
  }
  if (delays_.repeats(attempt.address, attempt.guard.realm, attempt.authorization)) {
    return LoginResult{Outcome::Wrong, {}};
  }
  auto checked = attempt.guard.users->check(attempt.authorization);
  if (auto* const check = std::get_if<PasswordCheck>(&checked)) {
    return std::move(*check);
  }
  return std::get<bool>(checked) ? LoginResult{Outcome::Accepted, {}} : refuse(attempt);
}

asio::awaitable<LoginResult> LoginGate::check(const LoginAttempt& attempt) {
  if (const auto first = decide(attempt);
      const auto* const login = std::get_if<LoginResult>(&first)) {
    co_return *login;
  }
  const auto own = waiting_by_address_.find(attempt.address);
  const bool full = waiting_ >= kMostWaiting ||
                    (own != waiting_by_address_.end() && own->second >= kMostWaitingOfAddress);
  if (full || stopping_) {
    co_return LoginResult{Outcome::Busy, kBusyWait};
  }
  Turn turn(*this, attempt.address);
  co_await turn.come();
  if (stopping_) {
    co_return LoginResult{Outcome::Busy, kBusyWait};
  }
  // Another check may have shown meanwhile that this password is right or that this address must
  // wait.
  auto now = decide(attempt);
  if (const auto* const login = std::get_if<LoginResult>(&now)) {
    co_return *login;
  }
  const PasswordCheck password = std::move(std::get<PasswordCheck>(now));
  if (!co_await hash(password)) {
    co_return refuse(attempt);
  }
  const bool valid = attempt.guard.users->remember(password);
  co_return LoginResult{valid ? Outcome::Accepted : Outcome::Wrong, {}};
}

asio::awaitable<bool> LoginGate::hash(PasswordCheck check) {
  if (!thread_) {
    thread_ = std::make_unique<asio::thread_pool>(1);
  }
  const auto job = std::make_shared<Job>(executor_, std::move(check));
  asio::post(*thread_, [job, executor = executor_] {
    job->result = job->check.matches();
    asio::post(executor, [job] { job->done.cancel(); });
  });
  co_await wait_until_cancelled(job->done);
  co_return job->result;
}

}  // namespace otatool::http
