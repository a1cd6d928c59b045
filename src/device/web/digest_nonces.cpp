#include "device/web/digest_nonces.hpp"

#include <algorithm>
#include <random>
#include <span>

#include "otatool/bytes.hpp"
#include "otatool/number.hpp"
#include "otatool/secret.hpp"

#include "firmware/core/digest/software_sha256.hpp"

namespace otatool::device {
namespace {

constexpr std::size_t kTimeDigits = 16;
constexpr std::size_t kProofBytes = 8;

std::uint64_t microseconds(DigestNonces::Time time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

}  // namespace

std::string DigestNonces::text_of(std::uint64_t issued) {
  std::array<std::uint8_t, kTimeDigits / 2> time{};
  for (std::size_t i = 0; i < time.size(); ++i) {
    time[i] = static_cast<std::uint8_t>(issued >> (8 * (time.size() - 1 - i)));
  }
  // All inputs have one length, so the key before and after the time is enough.
  firmware::SoftwareSha256 sha256;
  std::array<std::uint8_t, firmware::Sha256::kDigestLength> digest{};
  sha256.update(key_.data(), key_.size());
  sha256.update(time.data(), time.size());
  sha256.update(key_.data(), key_.size());
  sha256.finish(digest.data());
  return to_hex(time) + to_hex(std::span(digest).first<kProofBytes>());
}

std::string DigestNonces::issue(Time now) {
  last_issued_ = std::max(microseconds(now), last_issued_ + 1);
  return text_of(last_issued_);
}

bool DigestNonces::use(std::string_view nonce, std::uint32_t count, Time now) {
  const auto issued = parse_number<std::uint64_t>(nonce.substr(0, kTimeDigits), 16);
  constexpr auto kMicroseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(kLifetime).count();
  const std::uint64_t oldest =
      microseconds(now) - std::min<std::uint64_t>(microseconds(now), kMicroseconds);
  if (!issued || !same_secret(nonce, text_of(*issued)) || *issued <= newest_dropped_ ||
      *issued < oldest) {
    return false;
  }
  counts_.erase(counts_.begin(), counts_.lower_bound(oldest));
  std::uint32_t& last = counts_[*issued];
  if (count <= last) {
    return false;
  }
  last = count;
  if (counts_.size() > kMaxInUse) {
    newest_dropped_ = counts_.begin()->first;
    counts_.erase(counts_.begin());
  }
  return true;
}

void DigestNonces::forget_all() {
  std::random_device source;
  for (std::uint8_t& byte : key_) {
    byte = static_cast<std::uint8_t>(source());
  }
  counts_.clear();
}

}  // namespace otatool::device
