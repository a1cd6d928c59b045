#include "http/pages/status_page.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <utility>
#include <vector>

#include "http/pages/device_selection.hpp"
#include "http/pages/html.hpp"
#include "http/pages/live_item.hpp"
#include "http/pages/page_files.hpp"

namespace otatool::http {
namespace {

constexpr std::string_view kRowsMark = "{{devices}}";

std::string option(std::string_view value, std::string_view text, bool selected) {
  return fmt::format(
      "<option value=\"{}\"{}>{}</option>", html(value), selected ? " selected" : "", html(text));
}

std::string state_options(const DeviceQuery& query) {
  std::string options = option("", "all", !query.state);
  for (auto state = fleet::State::Current; state <= fleet::State::Refused;
       state = static_cast<fleet::State>(static_cast<int>(state) + 1)) {
    options += option(to_string(state), to_string(state), query.state == state);
  }
  return options;
}

std::string version_options(const DeviceSelection& selection) {
  const DeviceQuery& query = selection.query();
  std::string options = option("", "all", !query.version);
  if (query.version && !selection.versions().contains(*query.version)) {
    options += option(query.version->empty() ? kNoVersion : *query.version, *query.version, true);
  }
  for (const auto& [version, count] : selection.versions()) {
    const std::string_view text = version.empty() ? kNoVersion : version;
    options += option(text, text, query.version == version);
  }
  return options;
}

std::string chip_options(const DeviceQuery& query) {
  std::string options = option("", "all", !query.chip);
  for (const ChipFamily chip : {ChipFamily::Esp8266, ChipFamily::Esp32}) {
    options += option(to_string(chip), to_string(chip), query.chip == chip);
  }
  return options;
}

std::string order_options(const DeviceQuery& query) {
  std::string options = option("", "MAC address", !query.sort);
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto& [word, title] = kColumns.at(i);
    const bool chosen = query.sort == static_cast<Column>(i);
    options += option(word, title, chosen && !query.descending);
    options += option(
        fmt::format("-{}", word), fmt::format("{}, descending", title), chosen && query.descending);
  }
  return options;
}

/// The heads of the columns; a link sorts by its column, and again in the other direction.
std::string column_heads(const DeviceQuery& query) {
  std::string heads;
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const bool chosen = query.sort == static_cast<Column>(i);
    DeviceQuery next = query;
    next.sort = static_cast<Column>(i);
    next.descending = chosen && !query.descending;
    next.page = 1;
    heads += fmt::format("<th scope=\"col\" role=\"columnheader\"{}><a href=\"{}\">{}</a></th>",
                         !chosen            ? ""
                         : query.descending ? " aria-sort=\"descending\""
                                            : " aria-sort=\"ascending\"",
                         html(to_query(next)),
                         kColumns.at(i).title);
  }
  return heads;
}

std::string page_link(DeviceQuery query, std::size_t page, std::string_view text) {
  query.page = page;
  return fmt::format("<a href=\"{}\">{}</a>", html(to_query(query)), text);
}

/// Links to the other pages; empty if there is only one.
std::string page_links(const DeviceSelection& selection) {
  const DeviceQuery& query = selection.query();
  const std::size_t pages = selection.pages();
  if (pages == 1 && query.page == 1) {
    return {};
  }
  std::string links = "<nav aria-label=\"Pages\">";
  if (query.page > 1) {
    links += page_link(query, 1, "First") + " ";
    links += page_link(query, std::min(query.page - 1, pages), "Previous") + " ";
  }
  links += fmt::format("<span>Page {} of {}</span> ", grouped(query.page), grouped(pages));
  if (query.page < pages) {
    links += page_link(query, query.page + 1, "Next") + " " + page_link(query, pages, "Last");
  }
  return links + "</nav>";
}

class StatusPage final : public TextPieces {
 public:
  StatusPage(const ServerFacts& facts, const DeviceQuery& query, StatusPageOptions options)
      : facts_(facts), selection_(facts, query), options_(std::move(options)) {}

  [[nodiscard]] std::size_t memory() const override { return selection_.memory(); }

  bool append_next(std::string& text) override {
    if (!scanned_) {
      scanned_ = !selection_.scan_next();
      return true;
    }
    if (!std::exchange(begun_, true)) {
      const std::size_t mark = kStatusPage.find(kRowsMark);
      text += fill(kStatusPage.substr(0, mark));
      return true;
    }
    const auto& page = selection_.page();
    const std::size_t count = std::min(kPiece, page.size() - next_);
    for (const fleet::Mac mac : std::span(page).subspan(next_, count)) {
      if (const fleet::Device* const device = facts_.fleet.device(mac)) {
        text += device_row(mac, device_cells(facts_, *device));
      }
    }
    next_ += count;
    if (next_ < page.size()) {
      return true;
    }
    text += fill(kStatusPage.substr(kStatusPage.find(kRowsMark) + kRowsMark.size()));
    return false;
  }

 private:
  [[nodiscard]] std::string fill(std::string_view part) const {
    const DeviceQuery& query = selection_.query();
    const LiveTexts texts = live_texts(facts_, selection_);
    DeviceQuery list = query;
    list.page = 1;
    return filled(
        part,
        {{"title", options_.forms ? "Update server: administration" : "Update server"},
         {"navigation", navigation()},
         {"events", html((options_.forms ? "admin/events" : "status/events") + to_query(query))},
         {"server", texts.server},
         {"trouble", texts.trouble},
         {"count", texts.count},
         {"rollouts", rollouts()},
         {"versions", versions()},
         {"q", html(query.search)},
         {"states", state_options(query)},
         {"version_options", version_options(selection_)},
         {"chips", chip_options(query)},
         {"orders", order_options(query)},
         {"columns", column_heads(query)},
         {"pages", page_links(selection_)},
         {"list", html(to_query(list))}});
  }

  [[nodiscard]] std::string_view navigation() const {
    if (options_.forms) {
      return "<nav aria-label=\"Views\"><a href=\"status\">Without changes</a></nav>";
    }
    return options_.administration
               ? "<nav aria-label=\"Views\"><a href=\"admin\">Change rollouts</a></nav>"
               : "";
  }

  [[nodiscard]] std::string rollouts() const {
    // The style shows the first line as long as it is the only one.
    std::string lines = "<li class=\"none\">The manifest has no rule with stages.</li>\n";
    for (const fleet::Rollout* const rollout : facts_.fleet.active_rollouts()) {
      const Cells cells = rollout_cells(*rollout, facts_.fleet.tally(*rollout));
      lines +=
          rollout_line(*rollout, cells, options_.forms ? options_.forms(*rollout) : std::string());
    }
    return lines;
  }

  [[nodiscard]] std::string versions() const {
    std::string lines;
    for (const auto& [version, count] : selection_.versions()) {
      lines += version_line(version, version_cells(count));
    }
    return lines;
  }

  static constexpr std::size_t kPiece = 25;

  const ServerFacts& facts_;
  DeviceSelection selection_;
  StatusPageOptions options_;
  bool scanned_ = false;
  bool begun_ = false;
  std::size_t next_ = 0;
};

}  // namespace

std::shared_ptr<TextPieces> status_page(const ServerFacts& facts,
                                        const DeviceQuery& query,
                                        StatusPageOptions options) {
  return std::make_shared<StatusPage>(facts, query, std::move(options));
}

}  // namespace otatool::http
