#include "cli/upload/earlier_run.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace otatool::cli {
namespace {

/// An event is a flat object with one object, the error, in it.
constexpr int kDeepestEvent = 4;

std::optional<nlohmann::json> parse_event(std::string_view line) {
  bool too_deep = false;
  const auto limit = [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    too_deep = too_deep || depth > kDeepestEvent;
    return !too_deep;
  };
  auto event = nlohmann::json::parse(line, limit, false);
  const bool is_event = !too_deep && event.is_object() && event.contains("event");
  return is_event ? std::optional(std::move(event)) : std::nullopt;
}

class Reader {
 public:
  Result<void> read(std::string_view line);
  Result<EarlierRun> finish();

 private:
  std::vector<std::string> order_;
  std::set<std::string, std::less<>> succeeded_;
  std::size_t lines_ = 0;
};

Result<void> Reader::read(std::string_view line) {
  ++lines_;
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
    return {};
  }
  const auto event = parse_event(line);
  if (!event) {
    return fail(Errc::FileUnreadable,
                fmt::format("line {} is no event of 'otatool upload --json'", lines_));
  }
  const auto target = event->find("target");
  if (target == event->end() || !target->is_string()) {
    return {};  // the summary
  }
  auto name = target->get<std::string>();
  if (std::ranges::find(order_, name) == order_.end()) {
    order_.push_back(name);
  }
  if (event->value("event", nlohmann::json()) == "result") {
    if (event->value("ok", nlohmann::json()) == true) {
      succeeded_.insert(std::move(name));
    } else {
      succeeded_.erase(name);
    }
  }
  return {};
}

Result<EarlierRun> Reader::finish() {
  if (order_.empty()) {
    return fail(Errc::FileUnreadable, "the report names no target");
  }
  EarlierRun run;
  std::ranges::copy_if(order_, std::back_inserter(run.left), [this](const std::string& name) {
    return !succeeded_.contains(name);
  });
  run.succeeded = std::move(succeeded_);
  return run;
}

}  // namespace

Result<EarlierRun> parse_report(std::string_view text) {
  Reader reader;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    TRY_VOID(reader.read(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.finish();
}

}  // namespace otatool::cli
