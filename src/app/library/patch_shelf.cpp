#include "app/library/patch_shelf.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "otatool/delta/patch.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/http/content.hpp"

#include "app/library/served_file.hpp"
#include "app/release/base_images.hpp"

namespace otatool::app {
namespace {

constexpr std::size_t kMostEntries = 64;
constexpr std::size_t kMostOrders = 16;
constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20U;
/// Larger images need much memory, and no ESP8266 runs them.
constexpr std::uint64_t kLargestImage = std::uint64_t{4} << 20U;
/// After so many polls a missing image may be there: about a minute.
constexpr std::uint64_t kRoundsUntilRetry = 300;

/// The image that the device would run, with its signature; null for a signed package.
const http::Deliverable* image_of(const http::ServedFile& file) {
  if (file.kind != http::FileKind::Firmware || file.signed_package) {
    return nullptr;
  }
  return file.unpacked ? &*file.unpacked : &file.whole;
}

}  // namespace

PatchShelf::Patch PatchShelf::find(const http::RunningImage& running,
                                   const http::ServedFile& file) {
  const http::Deliverable* const image = image_of(file);
  if (image == nullptr || running.size > kLargestImage || image->size_bytes > kLargestImage) {
    return nullptr;
  }
  const std::string key = running.sha256 + std::to_string(running.size) + image->sha256;
  const auto known = std::ranges::find(entries_, key, &Entry::key);
  if (known != entries_.end()) {
    const bool old = !known->patch && round_ - known->round > kRoundsUntilRetry;
    if (!old) {
      entries_.splice(entries_.begin(), entries_, known);
      return entries_.front().patch;
    }
    entries_.erase(known);
  }
  const bool ordered = std::ranges::find(orders_, key, &Order::key) != orders_.end();
  if (!ordered && orders_.size() < kMostOrders) {
    const std::uint64_t limit =
        even_larger_ ? std::numeric_limits<std::uint64_t>::max() : file.whole.size_bytes;
    orders_.push_back({running, *image, limit, key});
  }
  return nullptr;
}

PatchShelf::Patch PatchShelf::make(const std::vector<std::string>& folders, const Order& order) {
  for (const std::string& folder : folders) {
    const auto base = find_base_image(folder, order.running.size, order.running.sha256);
    if (!base) {
      continue;
    }
    const auto patch =
        delta::make(*base, order.image.content->bytes(), {espota::sha256_hex, espota::md5_hex});
    if (!patch || patch->size() >= order.limit) {
      return nullptr;
    }
    auto made = deliverable(*patch);
    return made ? std::make_shared<const http::Deliverable>(std::move(*made)) : nullptr;
  }
  return nullptr;
}

void PatchShelf::keep(Entry entry) {
  entries_.push_front(std::move(entry));
  std::uint64_t bytes = 0;
  std::size_t count = 0;
  std::erase_if(entries_, [&](const Entry& each) {
    bytes += each.patch ? each.patch->size_bytes : 0;
    return ++count > kMostEntries || bytes > kMostBytes;
  });
}

void PatchShelf::poll() {
  ++round_;
  if (making_.valid()) {
    if (making_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      return;
    }
    keep({orders_.front().key, making_.get(), round_});
    orders_.pop_front();
  }
  if (!orders_.empty()) {
    making_ = std::async(std::launch::async, [folders = folders_, order = orders_.front()] {
      return make(folders, order);
    });
  }
}

}  // namespace otatool::app
