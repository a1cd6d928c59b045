#include "otatool/http/operations.hpp"

#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace otatool::http {
namespace {

template <typename Number>
void add_metric(std::string& text,
                std::string_view name,
                std::string_view type,
                std::string_view help,
                Number value) {
  text += fmt::format(
      "# HELP otatool_{0} {1}\n# TYPE otatool_{0} {2}\notatool_{0} {3}\n", name, help, type, value);
}

}  // namespace

Operations::Operations(std::int64_t started) : started_(started), now_(started) {}

Operations::Device& Operations::device_of(const RequestRecord& record) {
  const std::string& mac = record.account.device->station_mac;
  const auto known = by_mac_.find(mac);
  if (known != by_mac_.end()) {
    devices_.splice(devices_.begin(), devices_, known->second);
  } else {
    if (devices_.size() == kMostDevices) {
      by_mac_.erase(devices_.back().request.station_mac);
      devices_.pop_back();
    }
    devices_.emplace_front();
    by_mac_.emplace(mac, devices_.begin());
  }
  Device& device = devices_.front();
  device.request = *record.account.device;
  device.address = record.client;
  device.offered = record.account.offered;
  device.reason = record.account.reason;
  device.status = record.status;
  device.seen = now_;
  return device;
}

Operations::Downloads& Operations::downloads_of(Device& device) {
  return device.request.mode == UpdateMode::Filesystem ? device.filesystem : device.sketch;
}

std::string_view Operations::state_after(const RequestRecord& record, Device& device) {
  Downloads& downloads = downloads_of(device);
  const Account& account = record.account;
  if (account.image) {
    if (!record.complete) {
      return "interrupted";
    }
    if (!account.part) {
      downloads.sha256 = account.sha256;
    }
    return downloads.not_applied > 0 ? "not-applied" : account.part ? "offered" : "downloaded";
  }
  if (record.status >= 400) {
    return "refused";
  }
  if (account.verdict == Verdict::Waiting) {
    return "waiting";
  }
  if (account.verdict != Verdict::UpToDate) {
    return device.state;
  }
  downloads.confirmed = downloads.confirmed || !downloads.sha256.empty();
  downloads.not_applied = 0;
  return downloads.confirmed ? "confirmed" : "current";
}

void Operations::on_download_started(const RequestRecord& record) {
  ++downloads_;
  if (record.account.device) {
    Device& device = device_of(record);
    Downloads& downloads = downloads_of(device);
    const bool again = downloads.sha256 == record.account.sha256;
    if (!again) {
      downloads = {};
    } else if (record.account.verifiable && !record.account.part) {
      ++downloads.not_applied;
    }
    device.state = downloads.not_applied > 0 ? "not-applied" : "offered";
    device.not_applied = downloads.not_applied;
  }
}

void Operations::on_request(const RequestRecord& record) {
  ++by_status_[record.status];
  bytes_ += record.bytes;
  if (record.account.image) {
    downloads_ -= downloads_ > 0 ? 1 : 0;
    ++(record.complete ? complete_ : incomplete_);
  }
  if (record.account.device) {
    Device& device = device_of(record);
    device.state = state_after(record, device);
    device.not_applied = downloads_of(device).not_applied;
    ++device.requests;
  }
}

void Operations::on_reload(std::size_t rules, const std::string& problem) {
  problem_ = problem;
  if (problem.empty()) {
    rules_ = rules;
    ++reloads_;
  } else {
    ++failed_reloads_;
  }
}

std::string Operations::status_json() const {
  nlohmann::json devices = nlohmann::json::array();
  for (const Device& device : devices_) {
    devices.push_back({{"mac", device.request.station_mac},
                       {"chip", to_string(device.request.family)},
                       {"mode", to_string(device.request.mode)},
                       {"address", device.address},
                       {"version", device.request.version},
                       {"md5", device.request.sketch_md5},
                       {"offered", device.offered},
                       {"status", device.status},
                       {"result", device.state},
                       {"not_applied", device.not_applied},
                       {"reason", device.reason},
                       {"requests", device.requests},
                       {"seen", device.seen}});
  }
  const nlohmann::json status = {{"schema", 1},
                                 {"now", now_},
                                 {"started", started_},
                                 {"rules", rules_},
                                 {"connections", connections_},
                                 {"downloads", downloads_},
                                 {"trouble", problem_},
                                 {"devices", std::move(devices)}};
  // Texts sent by devices need not be UTF-8.
  return status.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Operations::metrics() const {
  std::string text = "# HELP otatool_requests_total Requests by response status.\n";
  text += "# TYPE otatool_requests_total counter\n";
  for (const auto& [status, count] : by_status_) {
    text += fmt::format("otatool_requests_total{{status=\"{}\"}} {}\n", status, count);
  }
  text +=
      "# HELP otatool_downloads_total Images and files by whether the client received all bytes.\n";
  text += "# TYPE otatool_downloads_total counter\n";
  text += fmt::format("otatool_downloads_total{{result=\"complete\"}} {}\n", complete_);
  text += fmt::format("otatool_downloads_total{{result=\"incomplete\"}} {}\n", incomplete_);
  add_metric(text, "sent_bytes_total", "counter", "Bytes of response bodies sent.", bytes_);
  add_metric(text, "downloads", "gauge", "Running downloads.", downloads_);
  add_metric(text, "connections", "gauge", "Open connections.", connections_);
  add_metric(text,
             "refused_connections_total",
             "counter",
             "Connections refused because of the limit.",
             refused_connections_);
  add_metric(text, "devices", "gauge", "Devices seen.", devices_.size());
  add_metric(text, "rules", "gauge", "Rules in force.", rules_);
  add_metric(text, "reloads_total", "counter", "Catalogues loaded.", reloads_);
  add_metric(text, "failed_reloads_total", "counter", "Catalogues rejected.", failed_reloads_);
  add_metric(
      text, "catalogue_ok", "gauge", "1 unless the last reload failed.", problem_.empty() ? 1 : 0);
  add_metric(text, "start_time_seconds", "gauge", "Start of the server, since 1970.", started_);
  return text;
}

}  // namespace otatool::http
