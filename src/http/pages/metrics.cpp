#include "http/pages/metrics.hpp"

#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace otatool::http {
namespace {

/// A label is a name and its value.
using Label = std::pair<std::string_view, std::string_view>;

std::string escaped(std::string_view value) {
  std::string text;
  for (const char letter : value) {
    if (letter == '\n') {
      text += "\\n";
      continue;
    }
    text += letter == '\\' || letter == '"' ? "\\" : "";
    text += letter;
  }
  return text;
}

/// Writes metrics one after the other.
class Writer {
 public:
  explicit Writer(std::string& text) : text_(text) {}

  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP otatool_{0} {1}\n# TYPE otatool_{0} {2}\n", name, help, type);
  }
  void value(std::initializer_list<Label> labels, std::uint64_t value) {
    text_.append("otatool_").append(name_);
    char before = '{';
    for (const auto& [label, label_value] : labels) {
      text_ += fmt::format("{}{}=\"{}\"", before, label, escaped(label_value));
      before = ',';
    }
    text_ += fmt::format("{} {}\n", labels.size() == 0 ? "" : "}", value);
  }
  void metric(std::string_view name,
              std::string_view type,
              std::string_view help,
              std::uint64_t number) {
    begin(name, type, help);
    value({}, number);
  }

 private:
  std::string& text_;
  std::string_view name_;
};

/// Counts the devices piece by piece, then writes everything in the last one.
class Metrics final : public TextPieces {
 public:
  explicit Metrics(const ServerFacts& facts) : facts_(facts) {}

  bool append_next(std::string& text) override {
    if (count_next()) {
      return true;
    }
    Writer writer(text);
    write_requests(writer);
    write_devices(writer);
    write_rollouts(writer);
    write_server(writer);
    return false;
  }

 private:
  /// False after the last device.
  bool count_next() {
    const std::optional<fleet::Mac> after = last_;
    std::size_t count = 0;
    facts_.fleet.visit(after ? &*after : nullptr, kPiece, [&](const fleet::Device& device) {
      const bool known = facts_.versions.contains(device.version) || device.version.empty();
      ++devices_[{known ? device.version : "other", device.state, device.chip}];
      last_ = device.mac;
      ++count;
    });
    return count == kPiece;
  }

  void write_requests(Writer& writer) const {
    writer.begin("requests_total", "counter", "Requests by response status.");
    for (const auto& [status, count] : facts_.responses) {
      writer.value({{"status", std::to_string(status)}}, count);
    }
    writer.begin(
        "downloads_total", "counter", "Images and files by whether the client received all bytes.");
    writer.value({{"result", "complete"}}, facts_.complete_downloads);
    writer.value({{"result", "incomplete"}}, facts_.incomplete_downloads);
    writer.metric(
        "sent_bytes_total", "counter", "Bytes of response bodies sent.", facts_.sent_bytes);
    writer.metric("downloads", "gauge", "Running downloads.", facts_.downloads);
    writer.metric("connections", "gauge", "Open connections.", facts_.connections);
    writer.metric("refused_connections_total",
                  "counter",
                  "Connections refused because of the limit.",
                  facts_.refused_connections);
  }

  void write_devices(Writer& writer) const {
    writer.begin(
        "devices", "gauge", "Devices by the version that they run, their state and their chip.");
    for (const auto& [key, count] : devices_) {
      const auto& [version, state, chip] = key;
      writer.value({{"version", version}, {"state", to_string(state)}, {"chip", to_string(chip)}},
                   count);
    }
    writer.metric("forgotten_devices_total",
                  "counter",
                  "Requests of devices that are not kept because of the limit.",
                  facts_.fleet.not_kept());
    writer.metric("lost_events_total",
                  "counter",
                  "Events that are lost because the store did not take them in time.",
                  facts_.fleet.lost_events());
  }

  void write_rollouts(Writer& writer) const {
    const auto rollouts = facts_.fleet.active_rollouts();
    writer.begin("rollout_phase", "gauge", "0 running, 1 paused, 2 halted, 3 complete.");
    for (const fleet::Rollout* const rollout : rollouts) {
      writer.value({{"rule", rollout->rule}}, static_cast<std::uint64_t>(rollout->phase));
    }
    writer.begin("rollout_devices", "gauge", "Devices of a rollout by how far they are.");
    for (const fleet::Rollout* const rollout : rollouts) {
      const fleet::Tally tally = facts_.fleet.tally(*rollout);
      const std::array<std::pair<std::string_view, std::size_t>, 4> counts = {
          {{"waiting", tally.waiting},
           {"offered", tally.undecided()},
           {"confirmed", tally.confirmed},
           {"failed", tally.failed}}};
      for (const auto& [state, count] : counts) {
        writer.value({{"rule", rollout->rule}, {"state", state}}, count);
      }
    }
  }

  void write_server(Writer& writer) const {
    writer.metric("rules", "gauge", "Rules in force.", facts_.rules);
    writer.metric("reloads_total", "counter", "Catalogues loaded.", facts_.reloads);
    writer.metric("failed_reloads_total", "counter", "Catalogues rejected.", facts_.failed_reloads);
    writer.metric("catalogue_ok",
                  "gauge",
                  "1 unless the last reload failed.",
                  facts_.problem.empty() ? 1 : 0);
    writer.metric("store_ok",
                  "gauge",
                  "1 unless the store cannot be written.",
                  facts_.store_problem.empty() ? 1 : 0);
    writer.metric("start_time_seconds",
                  "gauge",
                  "Start of the server, since 1970.",
                  static_cast<std::uint64_t>(facts_.started));
  }

  static constexpr std::size_t kPiece = 1000;

  const ServerFacts& facts_;
  std::map<std::tuple<std::string, fleet::State, ChipFamily>, std::size_t> devices_;
  std::optional<fleet::Mac> last_;
};

}  // namespace

std::shared_ptr<TextPieces> metrics(const ServerFacts& facts) {
  return std::make_shared<Metrics>(facts);
}

}  // namespace otatool::http
