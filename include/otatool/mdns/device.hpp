// A device as discovery knows it, and how people name one. No sockets, no clock, no printing.
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

/// What a device understands, judged by its service and TXT record (discovery.md 1.1, 1.2).
enum class Kind { Espota, Esphome, Http, Unknown };
/// `espota`, `esphome`, `http` or `unknown`, as in JSON.
[[nodiscard]] std::string_view to_string(Kind kind);

struct DeviceAddress {
  std::string ip;         ///< a literal; a link-local one carries its interface: `fe80::1%eth0`
  std::string interface;  ///< on which it was heard
  bool ipv6 = false;
  friend bool operator==(const DeviceAddress&, const DeviceAddress&) = default;
};

/// A pair of a TXT record. Keys are as advertised; look them up with txt_value().
struct TxtPair {
  std::string key;
  std::string value;  ///< without the stray quotes of older cores
  friend bool operator==(const TxtPair&, const TxtPair&) = default;
};

/// All texts are UTF-8 of limited length without control characters: hostile bytes are replaced
/// by U+FFFD.
struct Device {
  std::size_t id = 0;                    ///< the same for this device throughout one search
  std::string name;                      ///< of the service instance: `kitchen`
  std::string type;                      ///< `_arduino._tcp`; empty when only its host answered
  std::string host;                      ///< `kitchen.local`; empty while it is not known
  std::vector<DeviceAddress> addresses;  ///< IPv4 first; none twice
  std::uint16_t port = 0;                ///< of the service; 0 while it is not known
  std::vector<TxtPair> txt;
  std::string board;         ///< exactly as advertised, quotes stripped
  std::optional<bool> auth;  ///< whether it wants a password; nothing where TXT cannot tell
  Kind kind = Kind::Unknown;
  /// 12 lower-case hex digits, from TXT or the default host name of an ESP32; empty if unknown.
  std::string mac;
  Millis first_heard{0};   ///< since the search began
  Millis last_heard{0};    ///< since the search began; when it last answered by itself
  Millis age{0};           ///< of that answer, when this value was made
  std::string heard_from;  ///< the address that its last answer came from
  /// Known from the daemon's cache alone: it did not answer in this search.
  bool stale = false;
};

/// The value of the first pair with this key in any case; nothing if there is none.
[[nodiscard]] std::optional<std::string_view> txt_value(const Device& device, std::string_view key);

/// The first address that an upload should use, IPv4 before IPv6; empty if there is none.
[[nodiscard]] std::string best_address(const Device& device);

/// Whether a person who writes `name` may mean this device: its instance or host name, with or
/// without `.local` and a dot at the end, in any case.
[[nodiscard]] bool is_named(const Device& device, std::string_view name);
/// The same of a device that has answered and can be reached.
[[nodiscard]] bool answers_to(const Device& device, std::string_view name);
/// Whether it answered from this address or has it.
[[nodiscard]] bool is_at(const Device& device, std::string_view address);

/// Whether the instance or the host name, with or without `.local`, matches in any case.
[[nodiscard]] bool name_matches_glob(const Device& device, std::string_view glob);

}  // namespace otatool::mdns
