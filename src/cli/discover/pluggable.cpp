#include "cli/discover/pluggable.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <unistd.h>

#include "otatool/overloaded.hpp"

#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "mdns/pluggable/pluggable_session.hpp"

namespace otatool::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;

/// Longer lines are cut: no command has this length.
constexpr std::size_t kLongestLine = 4096;

/// The search that a session starts and stops. A command may arrive inside of Browser::next(), so a
/// stopped search exists until the next call of current() or start().
class BrowserSearch final : public mdns::PluggableSearch {
 public:
  explicit BrowserSearch(mdns::BrowseOptions options) : options_(std::move(options)) {}

  Result<void> start() override {
    TRY(auto browser, mdns::Browser::open(options_));
    browser_.emplace(std::move(browser));
    stopping_ = false;
    return {};
  }
  void stop() override { stopping_ = true; }

  /// The running search, or nullptr.
  mdns::Browser* current() {
    if (std::exchange(stopping_, false)) {
      browser_.reset();
    }
    return browser_ ? &*browser_ : nullptr;
  }

 private:
  mdns::BrowseOptions options_;
  std::optional<mdns::Browser> browser_;
  bool stopping_ = false;
};

class Client {
 public:
  Client(Messages& messages, mdns::BrowseOptions options)
      : messages_(messages), search_(std::move(options)), session_(search_) {}

  int serve();

 private:
  [[nodiscard]] Millis now() const {
    return std::chrono::duration_cast<Millis>(Clock::now() - began_);
  }
  /// False at the end of stdin.
  bool read_input();
  void take(const mdns::BrowseEvent& event);
  void write_output();

  Messages& messages_;
  BrowserSearch search_;
  mdns::PluggableSession session_;
  std::string line_;
  Clock::time_point began_ = Clock::now();
  bool more_input_ = true;
  bool interrupted_ = false;
};

int Client::serve() {
  while (more_input_ && !interrupted_ && !session_.quit() && !messages_.output_closed()) {
    mdns::Browser* const browser = search_.current();
    if (browser == nullptr) {
      more_input_ = read_input();
    } else {
      std::optional<Millis> limit;
      if (const auto deadline = session_.next_deadline()) {
        limit = std::max(*deadline - now(), Millis(0));
      }
      take(browser->next(limit, STDIN_FILENO));
    }
    session_.pass_time(now());
    write_output();
  }
  return interrupted_ ? kInterrupted : kSuccess;
}

void Client::take(const mdns::BrowseEvent& event) {
  std::visit(
      Overloaded{
          [&](const mdns::InputReady&) { more_input_ = read_input(); },
          [&](const mdns::DeviceFound& found) { session_.take_device(found.device, now()); },
          [&](const mdns::DeviceChanged& changed) { session_.take_device(changed.device, now()); },
          [&](const mdns::DeviceLost& lost) { session_.lose_device(lost.device, now()); },
          [&](const mdns::BrowseFailed& failed) { session_.fail_search(failed.error); },
          [&](const mdns::BrowseWarning& warning) { messages_.detail(1, warning.text); },
          [&](const mdns::BrowseTraced& traced) { messages_.detail(2, traced.text); },
          [&](const mdns::BrowseEnded& ended) { interrupted_ = ended.interrupted; },
          [](const mdns::ResponderMissing&) {},
          [](const mdns::TimePassed&) {},
      },
      event);
}

bool Client::read_input() {
  std::array<char, 1024> buffer{};
  const ssize_t length = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (length < 0) {
    return errno == EINTR || errno == EAGAIN;
  }
  for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(length))) {
    if (c != '\n') {
      if (line_.size() < kLongestLine) {
        line_.push_back(c);
      }
    } else if (!session_.quit()) {
      session_.take_line(std::exchange(line_, {}), now());
    }
  }
  return length > 0;
}

void Client::write_output() {
  for (const nlohmann::json& message : session_.take_output()) {
    messages_.raw_output(message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                         "\n");
  }
}

}  // namespace

Result<int> run_pluggable(Messages& messages, mdns::BrowseOptions options) {
  if (options.types == mdns::BrowseOptions().types) {
    options.types = {std::string(mdns::kArduinoType)};
  }
  options.watch = true;
  return Client(messages, std::move(options)).serve();
}

}  // namespace otatool::cli
