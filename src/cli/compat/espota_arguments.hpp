// The command line of espota.py, as both lineages read it (espota.md section 4): unique prefixes of
// long options, glued and bundled short ones, `--auth=` for no password.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/image/upload_check.hpp"
#include "otatool/result.hpp"

namespace otatool::cli {

struct EspotaArguments {
  std::string address;
  std::string host_address;  ///< empty: by route
  std::optional<std::uint16_t> port;
  std::uint16_t host_port = 0;
  std::string password;
  std::string file;
  ChipFamily chip = ChipFamily::Unknown;  ///< our own addition: `--chip`
  /// Of one invitation in the ESP32 lineage, which sends ten.
  std::optional<std::chrono::seconds> timeout;
  bool filesystem = false;
  bool debug = false;
  bool progress = false;
  bool md5_target = false;
  bool prefer_signed = true;                ///< our own addition: `--no-signed` switches it off
  std::set<image::UploadCheck> overridden;  ///< our own addition: `--force`
  bool help = false;
  std::vector<std::string> warnings;
};

/// Fails with Usage where espota.py exits with 2.
[[nodiscard]] Result<EspotaArguments> parse_espota_arguments(
    std::span<const std::string> arguments);

}  // namespace otatool::cli
