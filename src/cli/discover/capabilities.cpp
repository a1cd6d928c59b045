#include "cli/discover/capabilities.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "otatool/bytes.hpp"
#include "otatool/chip_family.hpp"

#include "app/devices/device_facts.hpp"

namespace otatool::cli {
namespace {

std::string string_of(wire::TxtText value) {
  return value.length == 0 ? std::string() : std::string(value.text, value.length);
}

std::string key_fingerprint(const wire::OtaTxt& txt) {
  return txt.has_fingerprint ? to_hex(txt.fingerprint) : "";
}

std::string signature_of(const mdns::Device& device, const wire::OtaTxt& txt) {
  return txt.signature == wire::TxtSignature::Unknown
             ? ""
             : std::string(mdns::txt_value(device, wire::kTxtSignature).value_or(""));
}

}  // namespace

std::string capabilities_text(const mdns::Device& device) {
  const wire::OtaTxt txt = app::ota_txt_of(device);
  std::string all;
  const auto add = [&all](const std::string& one) {
    if (!one.empty()) {
      all += (all.empty() ? "" : ", ") + one;
    }
  };
  add(txt.gzip == wire::Known::Yes ? "gzip" : "");
  if (txt.signature == wire::TxtSignature::None) {
    add("unsigned");
  } else if (txt.signature != wire::TxtSignature::Unknown) {
    const std::string fingerprint = key_fingerprint(txt);
    add(signature_of(device, txt) + (fingerprint.empty() ? "" : " " + fingerprint));
  }
  add(txt.version.length > 0 ? "v" + string_of(txt.version) : "");
  add(txt.has_space ? fmt::format("{} KiB free", txt.space / 1024) : "");
  add(string_of(txt.layout));
  return all;
}

nlohmann::json capabilities_json(const mdns::Device& device) {
  const wire::OtaTxt txt = app::ota_txt_of(device);
  nlohmann::json object = nlohmann::json::object();
  if (txt.gzip != wire::Known::Unknown) {
    object["gzip"] = txt.gzip == wire::Known::Yes;
  }
  if (const std::string scheme = signature_of(device, txt); !scheme.empty()) {
    object["signature"] = scheme;
  }
  if (txt.has_fingerprint) {
    object["key_fingerprint"] = key_fingerprint(txt);
  }
  if (txt.version.length > 0) {
    object["version"] = string_of(txt.version);
  }
  if (txt.has_space) {
    object["space"] = txt.space;
  }
  if (txt.layout.length > 0) {
    object["layout"] = string_of(txt.layout);
  }
  if (txt.chip != ChipFamily::Unknown) {
    object["chip"] = txt.chip == ChipFamily::Esp8266 ? "esp8266" : "esp32";
  }
  return object;
}

}  // namespace otatool::cli
