// A device found by discovery, and the names that match it. No sockets, no clock, no printing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::mdns {

using Millis = std::chrono::milliseconds;

inline constexpr std::string_view kArduinoType = "_arduino._tcp";
inline constexpr std::string_view kEsphomeType = "_esphomelib._tcp";

/// The update protocol of a device, by its service and TXT record (discovery.md 1.1, 1.2).
enum class Kind { Espota, Esphome, Http, Unknown };
/// `espota`, `esphome`, `http` or `unknown`, as in JSON.
[[nodiscard]] std::string_view to_string(Kind kind);

struct DeviceAddress {
  std::string ip;         ///< a literal; a link-local one carries its interface: `fe80::1%eth0`
  std::string interface;  ///< on which the address was heard
  bool ipv6 = false;
  friend bool operator==(const DeviceAddress&, const DeviceAddress&) = default;
};

/// A pair of a TXT record. The key is as advertised; txt_value() ignores its case.
struct TxtPair {
  std::string key;
  std::string value;  ///< without the stray quotes of older cores
  friend bool operator==(const TxtPair&, const TxtPair&) = default;
};

/// All texts are UTF-8 of limited length. U+FFFD replaces invalid bytes and control characters.
struct Device {
  std::size_t id = 0;                    ///< the same for this device throughout one search
  std::string name;                      ///< of the service instance: `kitchen`
  std::string type;                      ///< `_arduino._tcp`; empty if only the host answered
  std::string host;                      ///< `kitchen.local`; empty while unknown
  std::vector<DeviceAddress> addresses;  ///< IPv4 first; none twice
  std::uint16_t port = 0;                ///< of the service; 0 while unknown
  std::vector<TxtPair> txt;
  std::string board;         ///< exactly as advertised, quotes stripped
  std::optional<bool> auth;  ///< whether it wants a password; nothing if unknown
  Kind kind = Kind::Unknown;
  /// 12 lower-case hex digits, from TXT or the default host name of an ESP32; empty if unknown.
  std::string mac;
  Millis first_heard{0};   ///< since the search began
  Millis last_heard{0};    ///< since the search began; 0 for stale devices
  Millis age{0};           ///< since the last answer
  std::string heard_from;  ///< source address of the last answer
  /// Known only from the cache of avahi-daemon: the device has not answered in this search.
  bool stale = false;
};

/// The value of the first pair with this key, ignoring case; nothing if there is none.
[[nodiscard]] std::optional<std::string_view> txt_value(const Device& device, std::string_view key);

/// The address that an upload should use: the first IPv4, else the first IPv6; empty if none.
[[nodiscard]] std::string best_address(const Device& device);

/// True if `name` is the instance or host name, with or without `.local` and a final dot, ignoring
/// case.
[[nodiscard]] bool is_named(const Device& device, std::string_view name);
/// is_named() for a device that has answered and has an address.
[[nodiscard]] bool answers_to(const Device& device, std::string_view name);
/// True if the device has answered from this address or has it.
[[nodiscard]] bool is_at(const Device& device, std::string_view address);

/// True if the instance or host name, with or without `.local`, matches, ignoring case.
[[nodiscard]] bool name_matches_glob(const Device& device, std::string_view glob);

}  // namespace otatool::mdns
