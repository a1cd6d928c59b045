// NOR flash in memory. Stricter than a chip: a call that is not aligned or out of range, or a write
// that would have to set a bit, fails the test. The power can fail at any operation; all calls then
// fail until power_up().
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/port.hpp"

namespace otatool::firmware::testing {

/// The state of the operation in which the power fails. Garbled: any bits have changed. Weak: few,
/// some or most bits have changed, and others read differently each time until they are written.
enum class Cut { Before, Half, Garbled, Weak, After };
inline constexpr std::uint32_t kCuts = 5;

class RamFlash final : public Flash {
 public:
  /// `block_size`: bytes, or 0 for a flash that erases only sectors.
  explicit RamFlash(std::uint32_t size, std::uint32_t block_size = 0)
      : cells_(size, 0xFF), block_size_(block_size) {}

  std::uint32_t size() const override { return static_cast<std::uint32_t>(cells_.size()); }

  bool erase_sector(std::uint32_t offset) override {
    ++erases;
    return erase(offset, kSectorSize);
  }
  std::uint32_t block_size() const override { return block_size_; }
  bool erase_block(std::uint32_t offset) override {
    EXPECT_NE(block_size_, 0U);
    ++block_erases;
    return erase(offset, block_size_);
  }

  bool write(std::uint32_t offset, const void* bytes, std::uint32_t length) override {
    check(offset, length);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes) % 4, 0U);
    if (fail_write) {
      return false;
    }
    const auto* const from = static_cast<const std::uint8_t*>(bytes);
    std::vector<std::uint8_t> wanted(from, from + length);
    if (powered) {
      check_erased(offset, wanted);
    }
    if (flip_next_write) {
      flip_next_write = false;
      wanted[length / 2] = static_cast<std::uint8_t>(wanted[length / 2] & ~1U);
    }
    return change(offset, wanted, false);
  }

  bool read(std::uint32_t offset, void* bytes, std::uint32_t length) override {
    check(offset, length);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes) % 4, 0U);
    if (!powered || fail_read) {
      return false;
    }
    auto* const out = static_cast<std::uint8_t*>(bytes);
    std::copy_n(cells_.begin() + offset, length, out);
    for (auto cell = weak_.lower_bound(offset);
         cell != weak_.end() && cell->first < offset + length;
         ++cell) {
      std::uint8_t& read = out[cell->first - offset];
      read = static_cast<std::uint8_t>(read ^ (cell->second & noise()));
    }
    return true;
  }

  /// `operation`: number of erases and writes from now on before the one that fails.
  void cut_power_at(std::uint32_t operation, Cut cut) {
    until_cut_ = operation;
    cut_ = cut;
    cut_armed_ = true;
  }
  /// Another choice of the bits that a cut leaves garbled or weak.
  void seed(std::uint32_t number) { noise_.seed(number); }
  void power_up() {
    powered = true;
    cut_armed_ = false;
  }

  std::vector<std::uint8_t>& cells() { return cells_; }
  /// True if all these bytes read the same each time.
  bool is_stable(std::uint32_t offset, std::uint32_t length) const {
    const auto weak = weak_.lower_bound(offset);
    return weak == weak_.end() || weak->first >= offset + length;
  }
  std::vector<std::uint8_t> bytes(std::uint32_t offset, std::uint32_t length) const {
    return {cells_.begin() + offset, cells_.begin() + offset + length};
  }

  bool powered = true;
  bool fail_erase = false;
  bool fail_write = false;
  bool fail_read = false;
  bool flip_next_write = false;
  std::uint32_t operations = 0;
  std::uint32_t erases = 0;  ///< of sectors
  std::uint32_t block_erases = 0;

 private:
  void check(std::uint32_t offset, std::uint32_t length) const {
    EXPECT_EQ(offset % 4, 0U);
    EXPECT_EQ(length % 4, 0U);
    ASSERT_LE(offset, cells_.size());
    ASSERT_LE(length, cells_.size() - offset);
  }

  void check_erased(std::uint32_t offset, const std::vector<std::uint8_t>& wanted) const {
    const auto [bad, cell] = std::mismatch(
        wanted.begin(), wanted.end(), cells_.begin() + offset, [](auto want, auto has) {
          return (want & ~has) == 0;
        });
    EXPECT_TRUE(bad == wanted.end())
        << "write to flash that is not erased, at " << cell - cells_.begin();
  }

  bool erase(std::uint32_t offset, std::uint32_t length) {
    check(offset, length);
    EXPECT_EQ(offset % length, 0U);
    return !fail_erase && change(offset, std::vector<std::uint8_t>(length, 0xFF), true);
  }

  bool change(std::uint32_t offset, const std::vector<std::uint8_t>& wanted, bool erases_cells) {
    if (!powered) {
      return false;
    }
    std::size_t done = wanted.size();
    const bool cut_now = cut_armed_ && until_cut_-- == 0;
    if (cut_now) {
      powered = false;
      done = cut_ == Cut::Before ? 0 : cut_ == Cut::Half ? wanted.size() / 2 : wanted.size();
    }
    const std::uint32_t stage = noise() % 3;
    const bool by_chance = cut_now && (cut_ == Cut::Garbled || cut_ == Cut::Weak);
    if (!by_chance && is_stable(offset, static_cast<std::uint32_t>(done))) {
      std::copy_n(wanted.begin(), done, cells_.begin() + offset);
      done = 0;
    }
    for (std::size_t i = 0; i < done; ++i) {
      const auto at = static_cast<std::uint32_t>(offset + i);
      std::uint8_t moving = wanted[i] ^ cells_[at];
      if (cut_now && cut_ == Cut::Garbled) {
        moving = static_cast<std::uint8_t>(moving & noise());
        strengthen(at, moving);
      } else if (cut_now && cut_ == Cut::Weak) {
        moving = weaken(at, moving, stage);
        strengthen(at, moving);
      } else {
        strengthen(at, erases_cells ? 0xFF : static_cast<std::uint8_t>(~wanted[i]));
      }
      cells_[at] = static_cast<std::uint8_t>(cells_[at] ^ moving);
    }
    ++operations;
    return powered;
  }

  std::uint32_t noise() { return static_cast<std::uint32_t>(noise_()); }
  /// Makes some of the `moving` bits weak. Returns those that have moved: at stage 0 none, at stage
  /// 1 half of them, at stage 2 all others.
  std::uint8_t weaken(std::uint32_t at, std::uint8_t moving, std::uint32_t stage) {
    const std::uint32_t rare = noise() & noise() & noise() & noise();
    const auto weak = static_cast<std::uint8_t>(moving & (stage == 1 ? noise() : rare));
    if (weak != 0) {
      weak_[at] = static_cast<std::uint8_t>(weak_[at] | weak);
    }
    const std::uint32_t moved = stage == 0 ? 0 : stage == 1 ? noise() : 0xFF;
    return static_cast<std::uint8_t>(moving & moved & ~weak);
  }
  /// A complete operation leaves these bits of a cell as they should be.
  void strengthen(std::uint32_t at, std::uint8_t bits) {
    const auto cell = weak_.find(at);
    if (cell == weak_.end()) {
      return;
    }
    cell->second = static_cast<std::uint8_t>(cell->second & ~bits);
    if (cell->second == 0) {
      weak_.erase(cell);
    }
  }

  std::vector<std::uint8_t> cells_;
  std::uint32_t block_size_;
  std::map<std::uint32_t, std::uint8_t> weak_;  ///< weak bits of each cell that has some
  std::mt19937 noise_{1};
  std::uint32_t until_cut_ = 0;
  Cut cut_ = Cut::Before;
  bool cut_armed_ = false;
};

}  // namespace otatool::firmware::testing
