#include "otatool/http/device_request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "otatool/ascii.hpp"
#include "otatool/bytes.hpp"
#include "otatool/number.hpp"

namespace otatool::http {
namespace {

/// Longest header value kept; the server stores them per device.
constexpr std::size_t kLongestHeader = 128;
constexpr std::array kFamilies = {ChipFamily::Esp8266, ChipFamily::Esp32};

std::string_view prefix(ChipFamily family) {
  return family == ChipFamily::Esp8266 ? "x-ESP8266-" : "x-ESP32-";
}

bool is_hex(char digit) {
  return hex_value(digit) >= 0;
}

template <typename Number>
std::optional<Number> number(std::optional<std::string_view> text) {
  return text ? parse_number<Number>(*text) : std::nullopt;
}

/// Lower-case hex of exactly `digits` digits; empty otherwise.
std::string hash(std::optional<std::string_view> text, std::size_t digits) {
  if (!text || text->size() != digits || !std::ranges::all_of(*text, is_hex)) {
    return {};
  }
  return lower_case(*text);
}

class FieldReader {
 public:
  FieldReader(std::span<const HeaderField> fields, ChipFamily family)
      : fields_(fields), family_(family) {}

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    return find_field(fields_, std::string(prefix(family_)).append(name));
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    return std::string(find(name).value_or(std::string_view()).substr(0, kLongestHeader));
  }

 private:
  std::span<const HeaderField> fields_;
  ChipFamily family_;
};

constexpr std::array<std::pair<std::string_view, UpdateMode>, 6> kModes = {
    {{"sketch", UpdateMode::Sketch},
     {"spiffs", UpdateMode::Filesystem},
     {"littlefs", UpdateMode::Filesystem},
     {"fatfs", UpdateMode::Filesystem},
     {"flashfs", UpdateMode::Filesystem},
     {"version", UpdateMode::Version}}};

UpdateMode mode_of(std::string_view text) {
  const auto* const found =
      std::ranges::find(kModes, text, &std::pair<std::string_view, UpdateMode>::first);
  return found == kModes.end() ? UpdateMode::Unknown : found->second;
}

/// The station MAC, or the base MAC that devices without Wi-Fi send.
std::optional<std::string> identity(const FieldReader& reader) {
  for (const std::string_view name : {"STA-MAC", "BASE-MAC"}) {
    const auto text = reader.find(name);
    if (auto mac = text ? canonical_mac(*text) : std::nullopt) {
      return mac;
    }
  }
  return std::nullopt;
}

constexpr std::string_view kDeltaField = "x-otatool-delta";
constexpr std::size_t kSha256Digits = 64;

/// `SIZE SHA256`.
std::optional<RunningImage> read_running(std::optional<std::string_view> text) {
  const std::size_t blank = text ? text->find(' ') : std::string_view::npos;
  if (blank == std::string_view::npos) {
    return std::nullopt;
  }
  const auto size = parse_number<std::uint32_t>(text->substr(0, blank));
  std::string sha256 = hash(text->substr(blank + 1), kSha256Digits);
  if (!size || *size == 0 || sha256.empty()) {
    return std::nullopt;
  }
  return RunningImage{*size, std::move(sha256)};
}

}  // namespace

std::string_view to_string(UpdateMode mode) {
  switch (mode) {
    case UpdateMode::Sketch:
      return "sketch";
    case UpdateMode::Filesystem:
      return "filesystem";
    case UpdateMode::Version:
      return "version";
    case UpdateMode::Unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view user_agent(ChipFamily family) {
  return family == ChipFamily::Esp8266 ? "ESP8266-http-Update" : "ESP32-http-Update";
}

std::optional<std::string> canonical_mac(std::string_view text) {
  constexpr std::size_t kDigits = 12;
  const bool separated = text.size() == kDigits + 5 && (text[2] == ':' || text[2] == '-');
  if (!separated && text.size() != kDigits) {
    return std::nullopt;
  }
  std::string mac;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (separated && i % 3 == 2) {
      if (text[i] != text[2]) {
        return std::nullopt;
      }
      continue;
    }
    if (!is_hex(text[i])) {
      return std::nullopt;
    }
    if (mac.size() % 3 == 2) {
      mac.push_back(':');
    }
    mac.push_back(upper_case(text[i]));
  }
  return mac;
}

std::optional<DeviceRequest> read_device_request(std::span<const HeaderField> fields) {
  const auto is_of_device = [](const HeaderField& field) {
    constexpr std::string_view kPrefix = "x-ESP";
    return same_name(field.name.substr(0, kPrefix.size()), kPrefix);
  };
  if (std::ranges::none_of(fields, is_of_device)) {
    return std::nullopt;
  }
  for (const ChipFamily family : kFamilies) {
    const FieldReader reader(fields, family);
    auto mac = identity(reader);
    if (!mac) {
      continue;
    }
    DeviceRequest request;
    request.family = family;
    request.station_mac = std::move(*mac);
    request.access_point_mac =
        canonical_mac(reader.find("AP-MAC").value_or("")).value_or(std::string());
    request.mode = mode_of(reader.find("mode").value_or("sketch"));
    if (request.mode == UpdateMode::Unknown) {
      request.unknown_mode = reader.text("mode");
    }
    request.free_space = number<std::uint64_t>(reader.find("free-space"));
    request.sketch_size = number<std::uint64_t>(reader.find("sketch-size"));
    request.chip_size = number<std::uint64_t>(reader.find("chip-size"));
    request.sketch_md5 = hash(reader.find("sketch-md5"), 32);
    request.sdk_version = reader.text("sdk-version");
    request.version = reader.text("version");
    request.running = read_running(find_field(fields, kDeltaField));
    if (family == ChipFamily::Esp8266) {
      request.chip_id = number<std::uint32_t>(reader.find("Chip-ID"));
    } else {
      request.sketch_sha256 = hash(reader.find("sketch-sha256"), 64);
    }
    return request;
  }
  return std::nullopt;
}

std::vector<OwnedField> device_request_fields(const DeviceRequest& request) {
  std::vector<OwnedField> fields = {{"User-Agent", std::string(user_agent(request.family))}};
  const auto add = [&](std::string_view name, std::string value) {
    if (!value.empty()) {
      fields.push_back({std::string(prefix(request.family)).append(name), std::move(value)});
    }
  };
  const auto add_number = [&](std::string_view name, const auto& value) {
    add(name, value ? std::to_string(*value) : std::string());
  };
  const bool esp32 = request.family == ChipFamily::Esp32;
  if (esp32) {
    fields.push_back({"Cache-Control", "no-cache"});
  } else {
    add_number("Chip-ID", request.chip_id);
  }
  add("STA-MAC", request.station_mac);
  add("AP-MAC", request.access_point_mac);
  add_number("free-space", request.free_space);
  add_number("sketch-size", request.sketch_size);
  add("sketch-md5", request.sketch_md5);
  if (esp32) {
    add("sketch-sha256", upper_case(request.sketch_sha256));
  }
  add_number("chip-size", request.chip_size);
  add("sdk-version", request.sdk_version);
  add("mode",
      request.mode == UpdateMode::Filesystem ? "spiffs" : std::string(to_string(request.mode)));
  add("version", request.version);
  if (request.running) {
    fields.push_back({std::string(kDeltaField),
                      std::to_string(request.running->size) + " " + request.running->sha256});
  }
  return fields;
}

}  // namespace otatool::http
