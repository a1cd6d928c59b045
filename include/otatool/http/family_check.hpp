// What a device of a known family would do wrong with an image: checked before anything is sent
// (field-firmwares.md 1, 3 to 10). Computed from facts alone.
#pragma once

#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/http/family.hpp"
#include "otatool/image/upload_check.hpp"

namespace otatool::http {

/// The image of an upload.
struct FamilyImage {
  const image::Examined& examined;
  Bytes unpacked;         ///< the image that the device would start
  std::string file_name;  ///< without folders
  bool filesystem = false;
};

/// Whether the images of this device are no ESP8266 or ESP32 images, so that the checks of those
/// images do not apply: OpenBeken on its other chips.
[[nodiscard]] bool has_foreign_images(const DeviceIdentity& device);

/// All problems, each with the check that overrides it: chip, package, and the release or
/// environment that WLED, OpenDTU and OpenBeken name in the image or its file name. Codes are
/// WrongKind.
[[nodiscard]] std::vector<image::UploadProblem> check_family(const DeviceIdentity& device,
                                                             const FamilyImage& image);

}  // namespace otatool::http
