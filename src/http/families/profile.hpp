// One row for each family: where it takes an upload, in which form, and by which words it confirms
// it. Data only; the rows are in profiles.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "otatool/http/family.hpp"

namespace otatool::http {

/// The words of a success, or'ed together.
inline constexpr std::uint8_t kUpdateSuccess = 1;   ///< `Update Success`, `Update successful!`
inline constexpr std::uint8_t kBareOk = 2;          ///< `OK` alone
inline constexpr std::uint8_t kPageReload = 4;      ///< Tasmota's page, in any language
inline constexpr std::uint8_t kRebootingNow = 8;    ///< `update complete, rebooting now!`
inline constexpr std::uint8_t kRebootingPage = 16;  ///< `<code>Rebooting...</code>`
inline constexpr std::uint8_t kJsonSize = 32;       ///< `{"size":N}` with the size of the image
inline constexpr std::uint8_t kJsonStatus = 64;     ///< `{"status":"ok"}`
inline constexpr std::uint8_t kAnySuccess = 127;

enum class BodyForm { Multipart, Raw };

struct Profile {
  Family family;
  std::string_view name;
  std::string_view title;
  std::string_view page = {};  ///< GET before the upload, for the challenge; empty: none
  std::string_view upload = {};
  std::string_view filesystem_upload = {};  ///< empty: `upload`
  BodyForm body = BodyForm::Multipart;
  std::string_view field = {};
  std::string_view filesystem_field = {};  ///< empty: takes no filesystem
  /// The name of the file part is that of the field, because the device decides by it.
  bool field_as_file_name = false;
  bool with_md5 = false;      ///< a text part `MD5` before the file
  bool with_origin = true;    ///< Origin and Referer
  bool takes_gzip = false;    ///< on an ESP8266
  bool repeatable = true;     ///< a broken transfer leaves no open upload
  bool plain_reason = false;  ///< the body of a failure status is the reason
  std::uint8_t success = kAnySuccess;
  ChipFamily chip = ChipFamily::Unknown;  ///< if the family runs on one kind only
};

[[nodiscard]] const Profile& profile_of(Family family);

}  // namespace otatool::http
