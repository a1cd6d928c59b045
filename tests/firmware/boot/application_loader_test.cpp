#include "firmware/boot/application_loader.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace otatool::firmware {
namespace {

// Flash in a vector, memory in two blocks at the ESP8266's addresses. An access outside them fails
// the test.
class Machine {
 public:
  bool read_flash(std::uint32_t address, std::uint32_t* destination, std::uint32_t size_bytes) {
    EXPECT_EQ(size_bytes % 4, 0U);
    ++reads_;
    if (reads_ == failing_read_ || address > flash_.size() ||
        size_bytes > flash_.size() - address) {
      return false;
    }
    std::memcpy(destination, flash_.data() + address, size_bytes);
    return true;
  }

  std::uint32_t* memory(std::uint32_t address) {
    EXPECT_EQ(address % 4, 0U);
    if (address >= kDram) {
      auto& block = address >= kIram ? iram_ : dram_;
      const std::uint32_t base = address >= kIram ? kIram : kDram;
      return &block.at((address - base) / 4);
    }
    ADD_FAILURE() << "no memory at " << address;
    return iram_.data();
  }

  std::uint8_t byte(std::uint32_t address) {
    return static_cast<std::uint8_t>(*memory(address & ~3U) >> (8 * (address % 4)));
  }

  void fill(std::uint32_t word) {
    dram_.assign(dram_.size(), word);
    iram_.assign(iram_.size(), word);
  }

  static constexpr std::uint32_t kDram = 0x3FFE8000;
  static constexpr std::uint32_t kIram = 0x40100000;

  std::vector<std::uint8_t> flash_ = std::vector<std::uint8_t>(0x20000, 0xFF);
  int reads_ = 0;
  int failing_read_ = 0;

 private:
  std::vector<std::uint32_t> dram_ = std::vector<std::uint32_t>(0x14000 / 4);
  std::vector<std::uint32_t> iram_ = std::vector<std::uint32_t>(0x8000 / 4);
};

class Image {
 public:
  explicit Image(std::uint32_t entry) : bytes_{0xE9, 0, 2, 0x40} { append32(entry); }

  Image& segment(std::uint32_t address, const std::vector<std::uint8_t>& content) {
    ++bytes_[1];
    append32(address);
    append32(static_cast<std::uint32_t>(content.size()));
    bytes_.insert(bytes_.end(), content.begin(), content.end());
    return *this;
  }

  Image& claim(std::uint32_t address, std::uint32_t size_bytes) {
    ++bytes_[1];
    append32(address);
    append32(size_bytes);
    return *this;
  }

  [[nodiscard]] Machine machine() const {
    Machine machine;
    std::copy(bytes_.begin(), bytes_.end(), machine.flash_.begin() + 0x1000);
    return machine;
  }

 private:
  void append32(std::uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }

  std::vector<std::uint8_t> bytes_;
};

LoadStatus load(Machine machine) {
  return load_application(machine, 0x1000).status;
}

TEST(LoadApplication, LoadsAllSegmentsExceptThatInFlash) {
  Machine machine = Image(0x40100010)
                        .segment(0x40201010, std::vector<std::uint8_t>(999, 0x11))
                        .segment(0x40100000, std::vector<std::uint8_t>(64, 0x22))
                        .segment(0x3FFE8000, {1, 2, 3, 4, 5, 6, 7})
                        .segment(0x3FFE8008, {8})
                        .machine();
  machine.fill(0xDDDDDDDD);
  const LoadedApplication application = load_application(machine, 0x1000);
  EXPECT_EQ(application.status, LoadStatus::Loaded);
  EXPECT_EQ(application.entry, 0x40100010U);
  EXPECT_EQ(machine.byte(0x40100000), 0x22);
  EXPECT_EQ(machine.byte(0x4010003F), 0x22);
  EXPECT_EQ(machine.byte(0x40100040), 0xDD);
  for (std::uint32_t i = 0; i < 7; ++i) {
    EXPECT_EQ(machine.byte(0x3FFE8000 + i), i + 1);
  }
  EXPECT_EQ(machine.byte(0x3FFE8007), 0xDD);
  EXPECT_EQ(machine.byte(0x3FFE8008), 8);
  EXPECT_EQ(machine.byte(0x3FFE8009), 0xDD);
}

TEST(LoadApplication, RefusesOtherContent) {
  EXPECT_EQ(load(Machine()), LoadStatus::NotAnImage);
  EXPECT_EQ(load(Image(0x40100000).machine()), LoadStatus::NotAnImage);
  Image many(0x40100000);
  for (int i = 0; i < 17; ++i) {
    many.segment(0x40100000, {1, 2, 3, 4});
  }
  EXPECT_EQ(load(many.machine()), LoadStatus::NotAnImage);
}

TEST(LoadApplication, RefusesSegmentsOutsideTheApplicationsMemory) {
  const std::map<std::uint32_t, std::uint32_t> claims = {
      {0x3FFE7FFC, 4},
      {0x3FFFC000, 4},
      {0x3FFE8000, 0x14004},
      {0x3FFE8000, 0xFFFFFFFF},
      {0x400FFFFC, 8},
      {0x40107FFC, 8},
      {0x4010F000, 16},
      {0x40000000, 4},
      {0x60000000, 4},
      {0x401FFFFC, 4},
      {0x402FFFFC, 8},
      {0x40100002, 4},
      {0x40201010, 0xFFFFFFF0U},
  };
  for (const auto& [address, size] : claims) {
    EXPECT_EQ(load(Image(0x40100000).claim(address, size).machine()), LoadStatus::BadSegment)
        << std::hex << address;
  }
}

TEST(LoadApplication, RefusesAnEntryOutsideInstructionMemory) {
  for (const std::uint32_t entry : {0x00000000U, 0x40201010U, 0x40108000U, 0x3FFE8000U}) {
    EXPECT_EQ(load(Image(entry).segment(0x40100000, {1, 2, 3, 4}).machine()), LoadStatus::BadEntry);
  }
}

TEST(LoadApplication, ReportsEveryFailingRead) {
  const Image image =
      Image(0x40100000).segment(0x40100000, {1, 2, 3, 4, 5, 6}).segment(0x3FFE8000, {1});
  Machine whole = image.machine();
  EXPECT_EQ(load_application(whole, 0x1000).status, LoadStatus::Loaded);
  ASSERT_GT(whole.reads_, 4);
  for (int failing = 1; failing <= whole.reads_; ++failing) {
    Machine machine = image.machine();
    machine.failing_read_ = failing;
    EXPECT_EQ(load_application(machine, 0x1000).status, LoadStatus::FlashUnreadable) << failing;
  }
}

}  // namespace
}  // namespace otatool::firmware
