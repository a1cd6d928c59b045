#include "otatool/http/family_check.hpp"

#include <array>
#include <compare>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "otatool/ascii.hpp"
#include "otatool/http/version_order.hpp"
#include "otatool/http/wled_block.hpp"

#include "http/families/profile.hpp"

namespace otatool::http {
namespace {

using image::UploadCheck;
using Problems = std::vector<image::UploadProblem>;

/// From this version on WLED compares releases, and from the second one on in packages, too.
constexpr std::string_view kComparesReleases = "0.15.2";
constexpr std::string_view kReadsPackages = "16.0.0";

void add(Problems& problems, UploadCheck check, std::string message) {
  problems.push_back({check, Error(Errc::WrongKind, std::move(message))});
}

bool is_at_least(std::string_view version, std::string_view limit) {
  return std::is_gteq(compare_versions(version, limit));
}

void check_chip(const DeviceIdentity& device, const FamilyImage& image, Problems& problems) {
  const ChipFamily chip = chip_family_of(device);
  const ChipFamily own = image::family_of(image.examined);
  if (chip != ChipFamily::Unknown && own != ChipFamily::Unknown && chip != own) {
    add(problems,
        UploadCheck::WrongChip,
        fmt::format("the image is for {}, the device is an {}",
                    image::to_string(image.examined.payload().chip),
                    device.hardware.empty() ? std::string(to_string(chip)) : device.hardware));
  }
}

void check_package(const DeviceIdentity& device, const FamilyImage& image, Problems& problems) {
  if (!image.examined.package) {
    return;
  }
  if (!profile_of(device.family).takes_gzip || chip_family_of(device) == ChipFamily::Esp32) {
    add(problems,
        UploadCheck::GzipToEsp32,
        fmt::format("{} unpacks gzip packages on an ESP8266 only", title(device.family)));
  }
}

std::string text_of(const std::array<std::uint8_t, 3>& version) {
  return fmt::format("{}.{}.{}", version[0], version[1], version[2]);
}

void check_wled(const DeviceIdentity& device, const FamilyImage& image, Problems& problems) {
  const auto block = read_wled_block(image.unpacked);
  const bool compares = is_at_least(device.version, kComparesReleases);
  if (!block) {
    if (compares) {
      add(problems,
          UploadCheck::ReleaseName,
          "the image has no WLED metadata, and the device refuses such images");
    }
    return;
  }
  if (!device.release.empty() && !same_wled_release(block->release, device.release)) {
    add(problems,
        UploadCheck::ReleaseName,
        fmt::format("the image is the WLED release '{}', the device runs '{}'; the right file is "
                    "WLED_{}_{}.bin",
                    block->release,
                    device.release,
                    block->version,
                    device.release));
  }
  if (image.examined.package && compares && !is_at_least(device.version, kReadsPackages)) {
    add(problems,
        UploadCheck::ReleaseName,
        fmt::format("WLED {} refuses gzip packages; send the image unpacked", device.version));
  }
  const auto& oldest = block->oldest_version;
  if (oldest && std::is_lt(compare_versions(device.version, text_of(*oldest)))) {
    add(problems,
        UploadCheck::ReleaseName,
        fmt::format("the image updates WLED {} and newer, the device runs {}",
                    text_of(*oldest),
                    device.version));
  }
}

/// The device reads the size of the flash in the header of an image, not of a package.
void check_tasmota(const DeviceIdentity& device, const FamilyImage& image, Problems& problems) {
  if (image::family_of(image.examined) != ChipFamily::Esp8266) {
    return;
  }
  const auto& parts = image.examined.file.parts;
  const auto needed =
      image.examined.package || parts.empty() ? std::nullopt : parts.front().flash.size_bytes;
  if (needed && device.flash_bytes && *needed > *device.flash_bytes) {
    constexpr std::uint64_t kKibibyte = 1024;
    add(problems,
        UploadCheck::Space,
        fmt::format("the image was built for {} KiB of flash, the device has {} KiB",
                    *needed / kKibibyte,
                    *device.flash_bytes / kKibibyte));
  }
}

/// The text between `prefix` and the first of `ends` in a file name. Nothing without the prefix.
std::optional<std::string_view> word_after(std::string_view name,
                                           std::string_view prefix,
                                           std::string_view ends) {
  if (!name.starts_with(prefix)) {
    return std::nullopt;
  }
  name.remove_prefix(prefix.size());
  return name.substr(0, name.find_first_of(ends));
}

void check_opendtu(const DeviceIdentity& device, const FamilyImage& image, Problems& problems) {
  const auto environment = word_after(image.file_name, "opendtu-", ".");
  if (environment && !device.release.empty() && *environment != device.release) {
    add(problems,
        UploadCheck::ReleaseName,
        fmt::format("the image is for '{}' by its name, the device is a '{}'",
                    *environment,
                    device.release));
  }
}

/// The API of OpenBeken stores any body, so the file's name and kind must fit.
void check_openbeken(const DeviceIdentity& device, const FamilyImage& image, Problems& problems) {
  const std::string chip = lower_case(device.hardware);
  if (chip.empty()) {
    return;
  }
  const auto named = word_after(image.file_name, "Open", "_");
  if (named && lower_case(*named) != chip) {
    add(problems,
        UploadCheck::WrongChip,
        fmt::format(
            "the image is for {} by its name, the device is a {}", *named, device.hardware));
  }
  if (!has_foreign_images(device)) {
    return;
  }
  if (image::family_of(image.examined) != ChipFamily::Unknown) {
    add(problems,
        UploadCheck::WrongChip,
        fmt::format("the image is for {}, the device is a {}",
                    image::to_string(image.examined.payload().chip),
                    device.hardware));
  } else if (chip.starts_with("bk") && !image.file_name.ends_with(".rbl")) {
    add(problems,
        UploadCheck::NotAnImage,
        fmt::format("a {} takes files with the ending .rbl", device.hardware));
  }
}

}  // namespace

bool has_foreign_images(const DeviceIdentity& device) {
  return device.family == Family::OpenBeken && chip_family_of(device) == ChipFamily::Unknown;
}

std::vector<image::UploadProblem> check_family(const DeviceIdentity& device,
                                               const FamilyImage& image) {
  Problems problems;
  check_chip(device, image, problems);
  check_package(device, image, problems);
  switch (device.family) {
    case Family::Wled:
      check_wled(device, image, problems);
      break;
    case Family::Tasmota:
      check_tasmota(device, image, problems);
      break;
    case Family::OpenDtu:
      check_opendtu(device, image, problems);
      break;
    case Family::OpenBeken:
      check_openbeken(device, image, problems);
      break;
    default:
      break;
  }
  return problems;
}

}  // namespace otatool::http
