// Parses the command line of espota.py like the versions of both chip families (espota.md section
// 4): unique prefixes of long options, joined and bundled short options, `--auth=` for no password.
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

#include "cli/frame/command.hpp"

namespace otatool::cli {

struct EspotaArguments {
  std::string address;
  std::string host_address;  ///< empty: the source address of the route
  std::optional<std::uint16_t> port;
  std::uint16_t host_port = 0;
  std::string password;
  std::string file;
  ChipFamily chip = ChipFamily::Unknown;  ///< `--chip`, an addition of otatool
  /// Time for one of ten invitations, as in the espota.py of the ESP32.
  std::optional<std::chrono::seconds> timeout;
  bool filesystem = false;
  bool debug = false;
  bool progress = false;
  bool md5_target = false;
  bool prefer_signed = true;                ///< `--no-signed`, an addition of otatool
  std::set<image::UploadCheck> overridden;  ///< `--force`, an addition of otatool
  bool help = false;
  std::vector<std::string> warnings;
};

/// The options in the form of the command table, for completion.
[[nodiscard]] std::span<const Option> espota_options();

/// Fails with Usage where espota.py exits with 2.
[[nodiscard]] Result<EspotaArguments> parse_espota_arguments(
    std::span<const std::string> arguments);

}  // namespace otatool::cli
