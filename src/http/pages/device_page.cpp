#include "http/pages/device_page.hpp"

#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

#include "http/pages/html.hpp"
#include "http/pages/live_item.hpp"
#include "http/pages/page_files.hpp"

namespace otatool::http {
namespace {

constexpr std::int64_t kLongestWait = 5;

std::string definition(std::string_view term, const std::string& content) {
  return fmt::format(
      "<dt>{}</dt><dd>{}</dd>\n", term, content.empty() ? std::string("–") : content);
}

std::string facts_of(const ServerFacts& facts, const fleet::Device& device) {
  const std::string_view word = to_string(device.state);
  std::string state = fmt::format(
      "<span class=\"state {}\">{}</span>", tone_of(device.state), word.empty() ? "–" : word);
  if (device.state_since > 0) {
    state += " since " + time_of_day(device.state_since);
  }
  return definition("State", state) + definition("Reason", html(device.reason)) +
         definition("MAC address", to_string(device.mac)) +
         definition("Name", html(name_of(facts, device.mac))) +
         definition("Chip", std::string(to_string(device.chip))) +
         definition("Address", html(device.address)) + definition("Runs", html(device.version)) +
         definition("MD5 of its sketch", html(device.md5)) +
         definition("Offered", html(device.offered)) +
         definition("Requests", grouped(device.requests)) +
         definition("Complete downloads", grouped(device.downloads)) +
         definition("Seen", time_of_day(device.seen));
}

std::string table_of(const std::vector<fleet::History>& events) {
  std::string table =
      "<table role=\"table\" aria-labelledby=\"history-title\"><thead role=\"rowgroup\">"
      "<tr role=\"row\">";
  for (const std::string_view title : {"Time", "Event", "From", "To", "Bytes", "Reason"}) {
    table += fmt::format("<th scope=\"col\" role=\"columnheader\">{}</th>", title);
  }
  table += "</tr></thead><tbody role=\"rowgroup\">\n";
  for (const fleet::History& event : events) {
    table += "<tr role=\"row\">";
    const auto add = [&table](std::string_view title, const std::string& cell) {
      table += fmt::format("<td role=\"cell\" data-label=\"{}\">{}</td>", title, cell);
    };
    const auto state = fleet::parse_state(event.kind);
    add("Time", time_of_day(event.time));
    add("Event",
        fmt::format("<span class=\"state {}\">{}</span>",
                    tone_of(state.value_or(fleet::State::Unknown)),
                    html(event.kind)));
    add("From", html(event.from));
    add("To", html(event.to));
    add("Bytes", event.bytes == 0 ? std::string() : grouped(event.bytes));
    add("Reason", html(event.reason));
    table += "</tr>\n";
  }
  return table + "</tbody></table>\n";
}

class DevicePage final : public TextPieces {
 public:
  DevicePage(const ServerFacts& facts,
             fleet::Device device,
             std::shared_ptr<const HistoryAnswer> history)
      : facts_(facts),
        device_(std::move(device)),
        history_(std::move(history)),
        asked_(facts.now) {}

  [[nodiscard]] bool ready() const override {
    return !history_ || history_->ready || facts_.now - asked_ >= kLongestWait;
  }

  bool append_next(std::string& text) override {
    if (!ready()) {
      return true;
    }
    const std::string_view name = name_of(facts_, device_.mac);
    const std::string mac = to_string(device_.mac);
    text += filled(kDevicePage,
                   {{"title", html(name.empty() ? mac : name)},
                    {"facts", facts_of(facts_, device_)},
                    {"history", history()}});
    return false;
  }

 private:
  [[nodiscard]] std::string history() const {
    const auto line = [](std::string_view words) { return fmt::format("    <p>{}</p>\n", words); };
    if (!history_) {
      return line("The server keeps no history, because it has no store.");
    }
    if (!history_->ready || !history_->problem.empty()) {
      return line(history_->ready ? "The store cannot be read: " + html(history_->problem)
                                  : "The store does not answer.");
    }
    return history_->events.empty() ? line("No events.") : table_of(history_->events);
  }

  const ServerFacts& facts_;
  fleet::Device device_;
  std::shared_ptr<const HistoryAnswer> history_;
  std::int64_t asked_;
};

}  // namespace

std::shared_ptr<TextPieces> device_page(const ServerFacts& facts,
                                        const fleet::Device& device,
                                        std::shared_ptr<const HistoryAnswer> history) {
  return std::make_shared<DevicePage>(facts, device, std::move(history));
}

}  // namespace otatool::http
