#include "app/release/base_images.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "otatool/delta/patch.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/gzip/validate.hpp"

#include "files/files.hpp"

namespace otatool::app {
namespace {

using Buffer = std::vector<std::uint8_t>;

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code failed;
  for (std::filesystem::directory_iterator each(folder, failed), end; !failed && each != end;
       each.increment(failed)) {
    std::error_code unknown;
    if (each->is_regular_file(unknown)) {
      paths.push_back(each->path().string());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

std::optional<Buffer> beginning(Buffer bytes, std::uint32_t size, const std::string& sha256) {
  if (bytes.size() < size) {
    return std::nullopt;
  }
  bytes.resize(size);
  return espota::sha256_hex(bytes) == sha256 ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace

std::optional<Buffer> find_base_image(const std::string& folder,
                                      std::uint32_t size,
                                      const std::string& sha256) {
  for (const std::string& path : files_of(folder)) {
    auto bytes = files::read_file(path, files::kLargestImage);
    if (!bytes) {
      continue;
    }
    if (auto package = gzip::check_package(*bytes)) {
      *bytes = std::move(package->content);
    }
    if (auto found = beginning(std::move(*bytes), size, sha256)) {
      return found;
    }
  }
  return std::nullopt;
}

espota::PatchFrom patches_from(std::string folder, const ExaminedFile& whole, std::size_t limit) {
  using Made = std::map<std::string, std::optional<Buffer>>;
  return [folder = std::move(folder), &whole, limit, made = std::make_shared<Made>()](
             const espota::RunningImage& running) -> std::optional<Buffer> {
    const auto [entry, fresh] = made->try_emplace(running.sha256);
    if (!fresh) {
      return entry->second;
    }
    const auto old_image = find_base_image(folder, running.size, running.sha256);
    if (old_image) {
      auto patch = delta::make(*old_image, whole.bytes, {espota::sha256_hex, espota::md5_hex});
      if (patch && patch->size() < limit) {
        entry->second = std::move(*patch);
      }
    }
    return entry->second;
  };
}

}  // namespace otatool::app
