#include "http/pages/live_feed.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/pages/device_selection.hpp"
#include "http/pages/live_item.hpp"

namespace otatool::http {
namespace {

using nlohmann::json;

constexpr std::int64_t kMinute = 60;

/// One event under construction.
class Change {
 public:
  void text(const char* name, const std::string& html) { texts_[name] = html; }
  /// All lines of a list, in their order.
  void lines(const char* list, json lines) { lists_[list] = std::move(lines); }
  /// `before`: the item that follows; empty at the end.
  void add(const char* list, const std::string& id, const std::string& before, std::string html) {
    added_.push_back({list, id, before, std::move(html)});
  }
  /// Tells the cells that differ from `known`, and keeps them there.
  void cells(const char* list, const std::string& id, Cells& known, Cells cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i >= known.size() || known[i] != cells[i]) {
        cells_.push_back({list, id, i, cells[i]});
      }
    }
    known = std::move(cells);
  }

  /// Empty if nothing changed. Texts sent by devices need not be UTF-8.
  [[nodiscard]] std::string event() const {
    if (texts_.empty() && lists_.empty() && added_.empty() && cells_.empty()) {
      return {};
    }
    const json object = {
        {"texts", texts_}, {"lists", lists_}, {"added", added_}, {"cells", cells_}};
    return "data: " + object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n\n";
  }

 private:
  json texts_ = json::object();
  json lists_ = json::object();
  json added_ = json::array();
  json cells_ = json::array();
};

/// A line of a LiveList.
struct Line {
  std::string id;
  std::string version;  ///< part of what identifies the line; may be empty
  Cells cells;
  std::string html;  ///< with the cells
};

/// A short list. When its lines come or go, the client gets all of them.
class LiveList {
 public:
  explicit LiveList(const char* name) : name_(name) {}

  void compare(Change& change, const std::vector<Line>& lines) {
    json all = json::array();
    json keys = json::array();
    std::map<std::string, Cells> cells;
    for (const Line& line : lines) {
      all.push_back({line.id, line.version, line.html});
      keys.push_back({line.id, line.version});
      Cells& known = cells[line.id] = std::move(cells_[line.id]);
      change.cells(name_, line.id, known, line.cells);
    }
    if (keys_ != keys) {
      change.lines(name_, std::move(all));
    }
    keys_ = std::move(keys);
    cells_ = std::move(cells);
  }

 private:
  const char* name_;
  json keys_;  ///< null before the first round
  std::map<std::string, Cells> cells_;
};

/// What a page shows, as its client knows it.
class LivePage {
 public:
  LivePage(const ServerFacts& facts,
           DeviceQuery query,
           std::shared_ptr<const bool> token,
           RolloutForms forms)
      : facts_(facts),
        query_(std::move(query)),
        token_(std::move(token)),
        forms_(std::move(forms)) {}

  void begin_round() {
    const bool same = selection_ && changes_ == facts_.changes && minute_ == facts_.now / kMinute;
    if (!same) {
      // Only the first round needs the order of the page.
      DeviceQuery query = query_;
      query.sort = selection_ ? std::nullopt : query.sort;
      query.page = selection_ ? 1 : query.page;
      changes_ = facts_.changes;
      minute_ = facts_.now / kMinute;
      selection_.emplace(facts_, query);
    }
    scanned_ = same;
    same_ = same;
  }
  /// False: the round needs no further scan.
  bool scan_next() {
    scanned_ = scanned_ || !selection_->scan_next();
    return !scanned_;
  }
  std::string end_round() {
    Change change;
    compare_texts(change);
    compare_rollouts(change);
    if (!same_) {
      compare_versions(change);
      compare_devices(change);
    }
    begun_ = true;
    return change.event();
  }

 private:
  void compare_texts(Change& change) {
    const LiveTexts texts = live_texts(facts_, *selection_);
    const auto compare = [&change, this](const char* name, std::string& known, std::string html) {
      if (known != html || !begun_) {
        change.text(name, html);
        known = std::move(html);
      }
    };
    compare("trouble", texts_.trouble, texts.trouble);
    compare("server", texts_.server, texts.server);
    compare("count", texts_.count, texts.count);
  }

  void compare_rollouts(Change& change) {
    std::vector<Line> lines;
    for (const fleet::Rollout* const rollout : facts_.fleet.active_rollouts()) {
      Cells cells = rollout_cells(*rollout, facts_.fleet.tally(*rollout));
      std::string html = rollout_line(*rollout, cells, forms_ ? forms_(*rollout) : std::string());
      lines.push_back({rollout->rule, rollout->version, std::move(cells), std::move(html)});
    }
    rollouts_.compare(change, lines);
  }

  void compare_versions(Change& change) {
    std::vector<Line> lines;
    for (const auto& [version, count] : selection_->versions()) {
      Cells cells = version_cells(count);
      std::string html = version_line(version, cells);
      lines.push_back({version, {}, std::move(cells), std::move(html)});
    }
    versions_.compare(change, lines);
  }

  void compare_devices(Change& change) {
    const bool has_room = query_.page == 1 && devices_.size() < DeviceSelection::kPageSize;
    if (!begun_ || has_room) {
      for (const fleet::Mac mac : selection_->page()) {
        add_device(change, mac);
      }
    }
    for (auto& [mac, cells] : devices_) {
      if (const fleet::Device* const device = facts_.fleet.device(mac)) {
        change.cells("devices", to_string(mac), cells, device_cells(facts_, *device));
      }
    }
  }

  void add_device(Change& change, fleet::Mac mac) {
    const fleet::Device* const device = facts_.fleet.device(mac);
    if (device == nullptr || devices_.size() >= DeviceSelection::kPageSize) {
      return;
    }
    const auto [at, added] = devices_.try_emplace(mac);
    if (!added) {
      return;
    }
    const auto next = std::next(at);
    const bool last = query_.sort || next == devices_.end();
    change.add("devices",
               to_string(mac),
               last ? std::string() : to_string(next->first),
               device_row(mac, device_cells(facts_, *device)));
  }

  const ServerFacts& facts_;
  DeviceQuery query_;
  std::shared_ptr<const bool> token_;
  RolloutForms forms_;
  std::optional<DeviceSelection> selection_;
  std::uint64_t changes_ = 0;
  std::int64_t minute_ = 0;
  bool scanned_ = false;
  bool same_ = false;
  bool begun_ = false;
  LiveTexts texts_;
  LiveList rollouts_{"rollouts"};
  LiveList versions_{"versions"};
  std::map<fleet::Mac, Cells> devices_;
};

class Round final : public TextPieces {
 public:
  explicit Round(std::shared_ptr<LivePage> page) : page_(std::move(page)) { page_->begin_round(); }

  bool append_next(std::string& text) override {
    if (page_->scan_next()) {
      return true;
    }
    text += page_->end_round();
    return false;
  }

 private:
  std::shared_ptr<LivePage> page_;
};

class LiveFeed final : public EventFeed {
 public:
  explicit LiveFeed(std::shared_ptr<LivePage> page) : page_(std::move(page)) {}
  std::shared_ptr<TextPieces> next() override { return std::make_shared<Round>(page_); }

 private:
  std::shared_ptr<LivePage> page_;
};

}  // namespace

std::shared_ptr<EventFeed> live_feed(const ServerFacts& facts,
                                     const DeviceQuery& query,
                                     std::shared_ptr<const bool> token,
                                     RolloutForms forms) {
  return std::make_shared<LiveFeed>(
      std::make_shared<LivePage>(facts, query, std::move(token), std::move(forms)));
}

}  // namespace otatool::http
