// Statistics of a running update server: devices, counters, and the texts of /status.json and
// /metrics. Bounded memory; no clock, callers pass the time.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "otatool/http/device_request.hpp"
#include "otatool/http/site.hpp"

namespace otatool::http {

/// One finished request.
struct RequestRecord {
  std::string client;  ///< address
  std::string method;
  unsigned status = 0;
  std::uint64_t bytes = 0;  ///< bytes of the body that were sent
  bool complete = false;    ///< the client's TCP acknowledged all of it
  double seconds = 0;
  std::int64_t time = 0;  ///< of arrival, seconds since 1970
  Account account;
};

class Operations final : public Reports {
 public:
  /// Above this number the device not seen for longest is forgotten.
  static constexpr std::size_t kMostDevices = 5000;

  explicit Operations(std::int64_t started);

  /// Seconds since 1970, for the texts.
  void set_time(std::int64_t now) { now_ = now; }
  void on_connections(std::size_t open) { connections_ = open; }
  void on_refused_connection() { ++refused_connections_; }
  /// Sending an image has begun.
  void on_download_started(const RequestRecord& record);
  void on_request(const RequestRecord& record);
  /// A catalogue was loaded, or rejected with `problem`, which is shown until the next success.
  void on_reload(std::size_t rules, const std::string& problem);

  [[nodiscard]] std::string status_json() const override;
  [[nodiscard]] std::string metrics() const override;

 private:
  /// Downloads of one kind of image (sketch or filesystem) by one device.
  struct Downloads {
    std::string sha256;        ///< of the last complete download; empty: none
    unsigned not_applied = 0;  ///< complete downloads of it that the device does not run
    bool confirmed = false;    ///< the device runs the last complete download
  };
  struct Device {
    DeviceRequest request;
    Downloads sketch;
    Downloads filesystem;
    std::string address;
    std::string offered;
    std::string_view state;  ///< a state of fleet.md 1; empty: none is known
    unsigned not_applied = 0;
    std::string reason;
    unsigned status = 0;
    std::int64_t seen = 0;
    std::uint64_t requests = 0;
  };

  Device& device_of(const RequestRecord& record);
  static Downloads& downloads_of(Device& device);
  static std::string_view state_after(const RequestRecord& record, Device& device);

  std::int64_t started_;
  std::int64_t now_;
  std::size_t connections_ = 0;
  std::size_t downloads_ = 0;
  std::size_t rules_ = 0;
  std::string problem_;
  std::uint64_t refused_connections_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t complete_ = 0;
  std::uint64_t incomplete_ = 0;
  std::uint64_t reloads_ = 0;
  std::uint64_t failed_reloads_ = 0;
  std::map<unsigned, std::uint64_t> by_status_;
  std::list<Device> devices_;  ///< last seen first
  std::unordered_map<std::string, std::list<Device>::iterator> by_mac_;
};

}  // namespace otatool::http
