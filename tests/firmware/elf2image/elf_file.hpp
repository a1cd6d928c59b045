// ELF files made by hand for the tests of elf2image. The caller may spoil any byte afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace otatool::elf2image::testing {

using File = std::vector<std::uint8_t>;

inline void put(File& file, std::size_t at, std::uint32_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    file.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

struct NewSection {
  std::string name;
  std::uint32_t address = 0;
  std::vector<std::uint8_t> content;
  std::uint32_t type = 1;   // PROGBITS
  std::uint32_t flags = 2;  // ALLOC
};

// Header, contents, names, section table: the null section first, the names last.
class ElfFile {
 public:
  explicit ElfFile(std::uint32_t entry) : entry_(entry) {}

  ElfFile& add(NewSection section) {
    sections_.push_back(std::move(section));
    return *this;
  }

  [[nodiscard]] File bytes() const {
    File file(52, 0);
    std::string names(1, '\0');
    std::vector<std::size_t> offsets;
    std::vector<std::size_t> name_offsets;
    for (const NewSection& section : sections_) {
      offsets.push_back(file.size());
      file.insert(file.end(), section.content.begin(), section.content.end());
      name_offsets.push_back(names.size());
      names += section.name + '\0';
    }
    const std::size_t names_at = file.size();
    file.insert(file.end(), names.begin(), names.end());
    const std::size_t table_at = file.size();
    file.resize(table_at + 40 * (sections_.size() + 2), 0);
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      const std::size_t at = table_at + 40 * (i + 1);
      put(file, at, static_cast<std::uint32_t>(name_offsets[i]), 4);
      put(file, at + 4, sections_[i].type, 4);
      put(file, at + 8, sections_[i].flags, 4);
      put(file, at + 12, sections_[i].address, 4);
      put(file, at + 16, static_cast<std::uint32_t>(offsets[i]), 4);
      put(file, at + 20, static_cast<std::uint32_t>(sections_[i].content.size()), 4);
    }
    const std::size_t last = table_at + 40 * (sections_.size() + 1);
    put(file, last + 4, 3, 4);
    put(file, last + 16, static_cast<std::uint32_t>(names_at), 4);
    put(file, last + 20, static_cast<std::uint32_t>(names.size()), 4);
    const std::string magic =
        "\x7f"
        "ELF\x01\x01\x01";
    for (std::size_t i = 0; i < magic.size(); ++i) {
      file[i] = static_cast<std::uint8_t>(magic[i]);
    }
    put(file, 16, 2, 2);
    put(file, 18, 94, 2);
    put(file, 20, 1, 4);
    put(file, 24, entry_, 4);
    put(file, 32, static_cast<std::uint32_t>(table_at), 4);
    put(file, 40, 52, 2);
    put(file, 46, 40, 2);
    put(file, 48, static_cast<std::uint32_t>(sections_.size() + 2), 2);
    put(file, 50, static_cast<std::uint32_t>(sections_.size() + 1), 2);
    return file;
  }

 private:
  std::uint32_t entry_;
  std::vector<NewSection> sections_;
};

// Bytes that differ from each other and from run to run of different seeds.
inline std::vector<std::uint8_t> content(std::size_t size, std::uint32_t seed) {
  std::vector<std::uint8_t> bytes(size);
  for (std::uint8_t& byte : bytes) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(seed >> 24U);
  }
  return bytes;
}

inline NewSection irom(std::size_t size) {
  NewSection section{".irom0.text", 0x40201010, content(size, 1)};
  for (std::size_t i = 0; i < 8 && i < size; ++i) {
    section.content[i] = 0;
  }
  return section;
}

inline ElfFile small_loader() {
  return ElfFile(0x4010F000).add({".text", 0x4010F000, content(300, 2)});
}

// Sections in another order than the segments', an odd length, and some that are not loaded.
inline ElfFile small_application() {
  return ElfFile(0x40100004)
      .add({".rodata", 0x3FFE8400, content(77, 3)})
      .add({".text", 0x40100000, content(512, 4)})
      .add({".text1", 0x40100200, content(16, 5)})
      .add({".data", 0x3FFE8000, content(40, 6)})
      .add(irom(1001))
      .add({".comment", 0, content(20, 7), 1, 0})
      .add({".bss", 0x3FFE9000, {}, 8, 3});
}

}  // namespace otatool::elf2image::testing
