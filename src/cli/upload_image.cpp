#include "cli/upload_image.hpp"

#include <fmt/format.h>

#include "cli/files.hpp"

namespace otatool::cli {
namespace {

constexpr std::uint8_t kImageMagic = 0xE9;
constexpr std::uint8_t kGzipMagic[] = {0x1F, 0x8B};

bool begins_like_an_image(Bytes image) {
  return image[0] == kImageMagic ||
         (image.size() > 1 && image[0] == kGzipMagic[0] && image[1] == kGzipMagic[1]);
}

}  // namespace

Result<std::vector<std::uint8_t>> read_upload_image(const std::string& path,
                                                    wire::Command command) {
  Result<std::vector<std::uint8_t>> image = read_file(path, kLargestImage);
  if (!image) {
    return image;
  }
  if (image->empty()) {
    return fail(Errc::NotAnImage, fmt::format("'{}' is empty", path));
  }
  if (command == wire::Command::Flash && !begins_like_an_image(*image)) {
    return fail(Errc::NotAnImage,
                fmt::format("'{}' begins with 0x{:02X}, which is neither an ESP image (0xE9) nor a "
                            "gzip package (0x1F 0x8B)",
                            path,
                            image->front()));
  }
  return image;
}

}  // namespace otatool::cli
