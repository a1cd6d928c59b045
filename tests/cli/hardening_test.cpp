// The hardening of the released program, read from its ELF file.
#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace otatool::test {
namespace {

using testing::Contains;

class Elf {
 public:
  explicit Elf(const char* path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
  }

  [[nodiscard]] Elf64_Ehdr header() const { return at<Elf64_Ehdr>(0); }
  [[nodiscard]] std::vector<Elf64_Phdr> segments() const {
    std::vector<Elf64_Phdr> all;
    const Elf64_Ehdr elf = header();
    for (std::size_t i = 0; i < elf.e_phnum; ++i) {
      all.push_back(at<Elf64_Phdr>(elf.e_phoff + i * elf.e_phentsize));
    }
    return all;
  }
  /// The value of a dynamic entry; 0 without one.
  [[nodiscard]] Elf64_Xword dynamic(Elf64_Sxword tag) const {
    for (const Elf64_Phdr& segment : segments()) {
      if (segment.p_type != PT_DYNAMIC) {
        continue;
      }
      for (std::size_t i = 0; i < segment.p_filesz; i += sizeof(Elf64_Dyn)) {
        const auto entry = at<Elf64_Dyn>(segment.p_offset + i);
        if (entry.d_tag == tag) {
          return entry.d_un.d_val;
        }
      }
    }
    return 0;
  }
  /// How often `text` occurs in the file.
  [[nodiscard]] std::size_t count(const std::string& text) const {
    std::size_t number = 0;
    for (std::size_t at = bytes_.find(text); at != std::string::npos;
         at = bytes_.find(text, at + 1)) {
      ++number;
    }
    return number;
  }

 private:
  template <typename T>
  [[nodiscard]] T at(std::size_t offset) const {
    T value{};
    if (offset + sizeof(T) <= bytes_.size()) {
      std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    }
    return value;
  }

  std::string bytes_;
};

TEST(Hardening, TheReleaseIsPositionIndependent) {
  const Elf elf(OTATOOL_BINARY);
  EXPECT_EQ(elf.header().e_type, ET_DYN);
  EXPECT_NE(elf.dynamic(DT_FLAGS_1) & DF_1_PIE, 0U);
}

TEST(Hardening, TheReleaseResolvesAllSymbolsAtTheStartAndThenProtectsThem) {
  const Elf elf(OTATOOL_BINARY);
  EXPECT_NE(elf.dynamic(DT_FLAGS) & DF_BIND_NOW, 0U);
  const auto segments = elf.segments();
  EXPECT_THAT(segments, Contains(testing::Field(&Elf64_Phdr::p_type, PT_GNU_RELRO)));
  for (const Elf64_Phdr& segment : segments) {
    EXPECT_NE(segment.p_flags & (PF_W | PF_X), static_cast<Elf64_Word>(PF_W | PF_X))
        << "no memory is writable and executable";
  }
}

TEST(Hardening, TheReleaseChecksItsStackAndItsCopies) {
  const Elf elf(OTATOOL_BINARY);
  EXPECT_GE(elf.count("__stack_chk_fail"), 1U);
  EXPECT_GE(elf.count("__memcpy_chk") + elf.count("__read_chk") + elf.count("__strncpy_chk") +
                elf.count("__vsnprintf_chk") + elf.count("__snprintf_chk"),
            1U);
}

TEST(Hardening, OurFunctionsHaveLandingPads) {
#if defined(__x86_64__)
  constexpr std::size_t kFunctions = 1'000;
  EXPECT_GE(Elf(OTATOOL_BINARY).count("\xf3\x0f\x1e\xfa"), kFunctions) << "endbr64";
#else
  GTEST_SKIP() << "CET is for x86";
#endif
}

}  // namespace
}  // namespace otatool::test
