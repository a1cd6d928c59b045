// Answers of devices, written from field-firmwares.md 2, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otatool/http/family.hpp"

namespace otatool::http {

/// An answer that owns its text.
class OwnAnswer {
 public:
  OwnAnswer(unsigned status, std::string body, std::string server = {})
      : status_(status), body_(std::move(body)), server_(std::move(server)) {
    if (!server_.empty()) {
      fields_.push_back({"Server", server_});
    }
  }
  OwnAnswer(const OwnAnswer&) = delete;
  OwnAnswer& operator=(const OwnAnswer&) = delete;
  ~OwnAnswer() = default;

  [[nodiscard]] DeviceAnswer view() const { return {status_, fields_, body_}; }

 private:
  unsigned status_;
  std::string body_;
  std::string server_;
  std::vector<HeaderField> fields_;
};

inline constexpr std::string_view kTasmotaStatus2 =
    R"x({"StatusFWR":{"Version":"15.2.0.2(tasmota)","BuildDateTime":"2025-12-24T10:11:12",)x"
    R"("Core":"2_7_8","SDK":"2.2.2","Hardware":"ESP8266EX"}})";
inline constexpr std::string_view kWledInfo =
    R"({"ver":"16.0.1","vid":2606010,"release":"ESP32","repo":"wled/WLED","brand":"WLED",)"
    R"("arch":"ESP32-D0WD-V3","flash":4})";
inline constexpr std::string_view kOpenBekenInfo =
    R"({"build":"Built on Aug 1 2026 version 1.18","chipset":"BK7231T","shortName":"plug"})";
inline constexpr std::string_view kBitaxeInfo =
    R"({"version":"v2.9.0","axeOSVersion":"v2.9.0","boardVersion":"601","ASICModel":"BM1370",)"
    R"("idfVersion":"v5.5"})";
inline constexpr std::string_view kOpenDtuStatus =
    R"({"git_hash":"v26.3.30","git_branch":"master","pioenv":"generic_esp32s3",)"
    R"("chipmodel":"ESP32-S3","sketch_total":3145728,"flashsize":8388608})";
inline constexpr std::string_view kShelly =
    R"({"type":"SHSW-1","mac":"AABBCCDDEEFF","auth":true,"fw":"20230913-112003/v1.14.0-gcb84623"})";
inline constexpr std::string_view kEspurnaDiscover =
    R"({"app":"ESPURNA","version":"1.18.0","device":"ITEAD_SONOFF_BASIC","hostname":"lamp"})";
inline constexpr std::string_view kElegantIdentity = R"({"id":"kitchen","hardware":"ESP8266"})";
inline constexpr std::string_view kEspEasyJson =
    R"({"System":{"Build":20241,"Git Build":"mega-20241019","Binary Filename":"ESP_Easy_ESP32.bin"}})";
inline constexpr std::string_view kStockPage =
    "<form method='POST' action='' enctype='multipart/form-data'>Firmware:<br>"
    "<input type='file' accept='.bin,.bin.gz' name='firmware'></form>"
    "<form method='POST'><input type='file' name='filesystem'></form>";

}  // namespace otatool::http
