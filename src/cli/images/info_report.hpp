// The report of `otatool info` about one file, and its two forms: text and JSON.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "otatool/delta/patch.hpp"
#include "otatool/image/layout.hpp"
#include "otatool/image/problems.hpp"

#include "app/examined_file.hpp"
#include "cli/images/target_space.hpp"

namespace otatool::cli {

/// The result of verifying the file's signature with a public key.
struct SignatureCheck {
  bool valid = false;
  std::string form;    ///< `esp8266`, `esp8266-legacy`, `esp32`; empty without a signature
  std::string reason;  ///< what exactly is wrong; empty when valid
  std::string key_fingerprint;
  std::string key_name;
  unsigned key_bits = 0;
  bool misread = false;  ///< an ESP32 computes the signed hash wrongly
};

struct InfoReport {
  app::ExaminedFile file;
  std::vector<image::Problem> problems;
  std::string md5;
  std::string sha256;
  /// MD5 of the sketch in flash, which a device sends as x-ESP8266-sketch-md5 (3.3).
  std::optional<std::string> sketch_md5;
  /// Fingerprints of the public keys in the image, in their order; empty for an unreadable key.
  std::vector<std::string> key_fingerprints;
  std::optional<SignatureCheck> signature;
  std::optional<Result<delta::Facts>> patch;  ///< of a difference update
  app::TargetSpace space;
  std::optional<image::Fit> fit;
  std::optional<bool> unpacks_in_place;  ///< by a device's web form, above the running sketch
};

/// Bits of the key that made the signature. Its length gives only a limit, so the key must have
/// verified it or be in the signature itself. Nothing if it is unknown.
[[nodiscard]] std::optional<unsigned> known_key_bits(const InfoReport& report);

/// The text report, in lines of at most `width` cells where words allow it.
[[nodiscard]] std::string info_text(const InfoReport& report, std::size_t width);

/// The document of cli.md.
[[nodiscard]] nlohmann::json info_json(const InfoReport& report);

/// The table of all flash layouts, as text and as JSON.
[[nodiscard]] std::string layouts_text(std::size_t width);
[[nodiscard]] nlohmann::json layouts_json();

}  // namespace otatool::cli
