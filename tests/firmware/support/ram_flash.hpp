// NOR flash in memory. Stricter than a chip: a call that is not aligned or out of range, or a write
// that would have to set a bit, fails the test. The power can fail at any operation; all calls then
// fail until power_up().
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/port.hpp"

namespace otatool::firmware::testing {

/// The state of the operation in which the power fails.
enum class Cut { Before, Half, Garbled, After };

class RamFlash final : public Flash {
 public:
  explicit RamFlash(std::uint32_t size) : cells_(size, 0xFF) {}

  std::uint32_t size() const override { return static_cast<std::uint32_t>(cells_.size()); }

  bool erase_sector(std::uint32_t offset) override {
    check(offset, kSectorSize);
    EXPECT_EQ(offset % kSectorSize, 0U);
    ++erases;
    if (fail_erase) {
      return false;
    }
    return change(offset, std::vector<std::uint8_t>(kSectorSize, 0xFF));
  }

  bool write(std::uint32_t offset, const void* bytes, std::uint32_t length) override {
    check(offset, length);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes) % 4, 0U);
    if (fail_write) {
      return false;
    }
    const auto* const from = static_cast<const std::uint8_t*>(bytes);
    std::vector<std::uint8_t> wanted(from, from + length);
    for (std::uint32_t i = 0; i < length; ++i) {
      EXPECT_TRUE(!powered || (wanted[i] & ~cells_[offset + i]) == 0)
          << "write to flash that is not erased, at " << offset + i;
    }
    if (flip_next_write) {
      flip_next_write = false;
      wanted[length / 2] = static_cast<std::uint8_t>(wanted[length / 2] & ~1U);
    }
    return change(offset, wanted);
  }

  bool read(std::uint32_t offset, void* bytes, std::uint32_t length) override {
    check(offset, length);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes) % 4, 0U);
    if (!powered || fail_read) {
      return false;
    }
    std::copy_n(cells_.begin() + offset, length, static_cast<std::uint8_t*>(bytes));
    return true;
  }

  /// `operation`: number of erases and writes from now on before the one that fails.
  void cut_power_at(std::uint32_t operation, Cut cut) {
    until_cut_ = operation;
    cut_ = cut;
    cut_armed_ = true;
  }
  void power_up() {
    powered = true;
    cut_armed_ = false;
  }

  std::vector<std::uint8_t>& cells() { return cells_; }
  std::vector<std::uint8_t> bytes(std::uint32_t offset, std::uint32_t length) const {
    return {cells_.begin() + offset, cells_.begin() + offset + length};
  }

  bool powered = true;
  bool fail_erase = false;
  bool fail_write = false;
  bool fail_read = false;
  bool flip_next_write = false;
  std::uint32_t operations = 0;
  std::uint32_t erases = 0;

 private:
  void check(std::uint32_t offset, std::uint32_t length) const {
    EXPECT_EQ(offset % 4, 0U);
    EXPECT_EQ(length % 4, 0U);
    ASSERT_LE(offset, cells_.size());
    ASSERT_LE(length, cells_.size() - offset);
  }

  bool change(std::uint32_t offset, const std::vector<std::uint8_t>& wanted) {
    if (!powered) {
      return false;
    }
    std::size_t done = wanted.size();
    const bool cut_now = cut_armed_ && until_cut_-- == 0;
    if (cut_now) {
      powered = false;
      done = cut_ == Cut::Before ? 0 : cut_ == Cut::Half ? wanted.size() / 2 : wanted.size();
    }
    for (std::size_t i = 0; i < done; ++i) {
      std::uint8_t& cell = cells_[offset + i];
      const auto moving = static_cast<std::uint8_t>(cell ^ wanted[i]);
      const auto moved =
          static_cast<std::uint8_t>(cut_now && cut_ == Cut::Garbled ? moving & noise_() : moving);
      cell = static_cast<std::uint8_t>(cell ^ moved);
    }
    ++operations;
    return powered;
  }

  std::vector<std::uint8_t> cells_;
  std::mt19937 noise_{1};
  std::uint32_t until_cut_ = 0;
  Cut cut_ = Cut::Before;
  bool cut_armed_ = false;
};

}  // namespace otatool::firmware::testing
