// Checks logins for all connections: one thread hashes passwords while the event loop goes on.
// Waiting checks are limited, and an address that sends wrong passwords has to wait.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "otatool/http/credentials.hpp"
#include "otatool/http/site.hpp"

#include "http/auth/login_delays.hpp"

namespace otatool::http {

/// A login to check.
struct LoginAttempt {
  Guard guard;
  std::string address;  ///< of the client, or the network that it chooses its addresses from
  std::string_view authorization;
};

class LoginGate {
 public:
  /// Checks that wait for the thread, and those of one address.
  static constexpr std::size_t kMostWaiting = 64;
  static constexpr std::size_t kMostWaitingOfAddress = 8;

  /// `executor` is that of the event loop, whose one thread makes all calls.
  explicit LoginGate(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// That of the event loop.
  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }

  /// The outcome of a login. `attempt` must stay valid until then.
  boost::asio::awaitable<LoginResult> check(const LoginAttempt& attempt);
  /// The users changed: a password that was wrong may be right now.
  void on_users_renewed() { delays_.forget_values(); }
  /// Checks that still wait become Busy.
  void stop() { stopping_ = true; }

 private:
  class Turn;
  struct Job;
  using Decision = std::variant<LoginResult, PasswordCheck>;

  /// The outcome, or the password to hash for it.
  Decision decide(const LoginAttempt& attempt);
  LoginResult refuse(const LoginAttempt& attempt);
  boost::asio::awaitable<bool> hash(PasswordCheck check);

  boost::asio::any_io_executor executor_;
  LoginDelays delays_;
  std::map<std::string, std::size_t> waiting_by_address_;
  std::size_t waiting_ = 0;
  bool hashing_ = false;
  bool stopping_ = false;
  /// Each ends when it is the turn of its check.
  std::list<boost::asio::steady_timer*> queue_;
  /// Started by the first check.
  std::unique_ptr<boost::asio::thread_pool> thread_;
};

}  // namespace otatool::http
