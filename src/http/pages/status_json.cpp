#include "http/pages/status_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "http/pages/device_selection.hpp"

namespace otatool::http {
namespace {

/// Texts sent by devices need not be UTF-8.
std::string dumped(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A head, then the devices of a range.
class DeviceList : public TextPieces {
 public:
  DeviceList(const ServerFacts& facts, StatusRange range)
      : facts_(facts), range_(std::move(range)) {}

  bool append_next(std::string& text) override {
    if (std::exchange(begun_, true)) {
      return append_devices(text);
    }
    append_head(text);
    return true;
  }

 protected:
  [[nodiscard]] const ServerFacts& facts() const { return facts_; }
  virtual void append_head(std::string& text) const = 0;
  virtual void append(std::string& text, const fleet::Device& device) = 0;
  virtual void append_end(std::string& text) const = 0;

 private:
  /// Continues behind the last MAC address.
  bool append_devices(std::string& text) {
    std::size_t count = 0;
    const std::optional<fleet::Mac> after = range_.after;
    facts_.fleet.visit(after ? &*after : nullptr, kPiece, [&](const fleet::Device& device) {
      range_.after = device.mac;
      ++count;
      if (range_.most > 0 && matches(range_.query, device, name_of(facts_, device.mac))) {
        append(text, device);
        --range_.most;
      }
    });
    const bool more = count == kPiece && range_.most > 0;
    if (!more) {
      append_end(text);
    }
    return more;
  }

  static constexpr std::size_t kPiece = 32;

  const ServerFacts& facts_;
  StatusRange range_;
  bool begun_ = false;
};

class JsonList final : public DeviceList {
 public:
  using DeviceList::DeviceList;

 private:
  void append_head(std::string& text) const override {
    text += dumped({{"schema", 1},
                    {"now", facts().now},
                    {"started", facts().started},
                    {"rules", facts().rules},
                    {"connections", facts().connections},
                    {"downloads", facts().downloads},
                    {"trouble", facts().problem},
                    {"store_trouble", facts().store_problem},
                    {"known", facts().fleet.size()},
                    {"not_kept", facts().fleet.not_kept()}});
    text.back() = ',';
    text += "\"devices\":[";
  }
  void append(std::string& text, const fleet::Device& device) override {
    text += std::exchange(separated_, true) ? "," : "";
    text += dumped(json_of(device));
  }
  void append_end(std::string& text) const override { text += "]}"; }

  [[nodiscard]] nlohmann::json json_of(const fleet::Device& device) const {
    const std::string mac = to_string(device.mac);
    const std::string_view state = to_string(device.state);
    return {{"mac", mac},
            {"name", name_of(facts(), device.mac)},
            {"chip", to_string(device.chip)},
            {"mode", device.slot == fleet::Slot::Filesystem ? "filesystem" : "sketch"},
            {"address", device.address},
            {"version", device.version},
            {"md5", device.md5},
            {"offered", device.offered},
            {"status", device.status},
            {"state", state},
            {"state_since", device.state_since},
            {"result", state},
            {"not_applied", device.at(device.slot).not_applied},
            {"reason", device.reason},
            {"requests", device.requests},
            {"downloads", device.downloads},
            {"seen", device.seen}};
  }

  bool separated_ = false;
};

std::string csv(std::string_view text) {
  std::string field = "\"";
  field += !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != text.npos ? "'" : "";
  for (const char letter : text) {
    field += letter == '"' ? "\"" : "";
    field += letter;
  }
  return field + '"';
}

class CsvList final : public DeviceList {
 public:
  using DeviceList::DeviceList;

 private:
  void append_head(std::string& text) const override {
    text +=
        "mac,name,chip,address,version,offered,state,reason,not_applied,requests,downloads,"
        "seen\r\n";
  }
  void append(std::string& text, const fleet::Device& device) override {
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
                        to_string(device.mac),
                        csv(name_of(facts(), device.mac)),
                        to_string(device.chip),
                        csv(device.address),
                        csv(device.version),
                        csv(device.offered),
                        to_string(device.state),
                        csv(device.reason),
                        device.at(device.slot).not_applied,
                        device.requests,
                        device.downloads,
                        device.seen);
  }
  void append_end(std::string& /*text*/) const override {}
};

}  // namespace

std::shared_ptr<TextPieces> status_json(const ServerFacts& facts, const StatusRange& range) {
  return std::make_shared<JsonList>(facts, range);
}

std::shared_ptr<TextPieces> status_csv(const ServerFacts& facts, const StatusRange& range) {
  return std::make_shared<CsvList>(facts, range);
}

}  // namespace otatool::http
