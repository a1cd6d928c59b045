#include <fmt/format.h>

#include "cli/images/info_report.hpp"

namespace otatool::cli {
namespace {

constexpr std::uint64_t kKib = 1024;
constexpr std::uint64_t kMib = 1024 * kKib;

/// Lines of a label and a value, with the values aligned.
class Sheet {
 public:
  explicit Sheet(std::string& text) : text_(text) {}

  void line(std::string_view label, std::string_view value) {
    text_ += fmt::format("  {:<13}{}\n", label, value);
  }
  void heading(std::string_view title) { text_ += fmt::format("\n{}\n", title); }
  void row(std::string_view content) { text_ += fmt::format("  {}\n", content); }

 private:
  std::string& text_;
};

std::string_view verdict(bool good) {
  return good ? "correct" : "WRONG";
}

std::string flash_size(std::uint64_t size) {
  return size >= kMib ? fmt::format("{} MiB", size / kMib) : fmt::format("{} KiB", size / kKib);
}

std::string flash_line(const image::FlashSettings& flash) {
  return fmt::format(
      "{}, {}, {}",
      flash.mode ? std::string(image::to_string(*flash.mode))
                 : fmt::format("mode byte {:02x}", flash.mode_byte),
      flash.size_bytes ? flash_size(*flash.size_bytes) : std::string("size unknown"),
      flash.frequency.empty() ? std::string_view("frequency unknown") : flash.frequency);
}

std::string revision(std::uint16_t value) {
  return fmt::format("v{}.{}", value / 100, value % 100);
}

void add_esp32(const image::ImageFacts& facts, Sheet& sheet) {
  if (facts.esp32) {
    const bool any = facts.esp32->max_revision == 0 || facts.esp32->max_revision == 0xFFFF;
    sheet.line("Revisions",
               fmt::format("{} to {}",
                           revision(facts.esp32->min_revision),
                           any ? "any" : revision(facts.esp32->max_revision)));
  }
  if (facts.sha256) {
    sheet.line("Hash",
               fmt::format("{}, {}", facts.sha256->stored, verdict(facts.sha256->matches())));
  }
  if (facts.app) {
    sheet.line("App", fmt::format("{} {}", facts.app->project, facts.app->version));
    sheet.line(
        "Built",
        fmt::format("{} {}, IDF {}", facts.app->date, facts.app->time, facts.app->idf_version));
  }
  if (facts.merged_app_offset) {
    sheet.line("App inside", fmt::format("at 0x{:06x}", *facts.merged_app_offset));
  }
}

void add_image(const image::ImageFacts& facts, Sheet& sheet) {
  if (const image::Part* part = facts.main_part()) {
    sheet.line("Entry", fmt::format("0x{:08x}", part->entry));
    sheet.line("Flash", flash_line(facts.parts.front().flash));
    if (part->checksum) {
      sheet.line(
          "Checksum",
          fmt::format("{:02x}, {}", part->checksum->stored, verdict(part->checksum->matches())));
    }
  }
  if (facts.crc) {
    sheet.line("CRC",
               fmt::format("{:08x} at 0x{:04x} over {} bytes, {}",
                           facts.crc->value.stored,
                           facts.crc->offset,
                           facts.crc->covered_size,
                           verdict(facts.crc->value.matches())));
  }
  if (facts.filesystem) {
    sheet.line(
        "Filesystem",
        fmt::format(
            "{} blocks of {} bytes", facts.filesystem->block_count, facts.filesystem->block_size));
  }
  add_esp32(facts, sheet);
}

void add_signature(const InfoReport& report, Sheet& sheet) {
  const auto& signature = report.file.examined.file.signature;
  if (!signature) {
    if (report.signature) {
      sheet.line("Signature", "none");
    }
    return;
  }
  std::string_view form = to_string(signature->form);
  if (report.signature && !report.signature->form.empty()) {
    form = report.signature->form;
  }
  sheet.line("Signature",
             fmt::format("{}{}, {}{}, {} bytes after {}",
                         signature->certain ? "" : "perhaps ",
                         form,
                         image::to_string(signature->algorithm),
                         signature->key_bits == 0 ? "" : fmt::format("-{}", signature->key_bits),
                         signature->trailer_size,
                         signature->payload_size));
  if (report.signature) {
    sheet.line("Verified",
               report.signature->valid ? fmt::format("yes, with {} {:.16}",
                                                     report.signature->key_name,
                                                     report.signature->key_fingerprint)
                                       : "NO: " + report.signature->reason);
  }
}

void add_package(const InfoReport& report, Sheet& sheet) {
  const auto& package = report.file.examined.package;
  if (!package) {
    return;
  }
  sheet.line("Package",
             package->valid()
                 ? fmt::format(
                       "valid, {} bytes unpack to {}", package->member_size, package->inflated_size)
                 : "BROKEN: " + package->fault->message);
  if (!package->name.empty()) {
    sheet.line("Packed file", package->name);
  }
  if (const auto& content = report.file.examined.content) {
    sheet.line("Content", image::describe(content->kind));
  }
}

void add_segments(const image::ImageFacts& facts, Sheet& sheet) {
  bool any = false;
  for (const image::Part& part : facts.parts) {
    for (const image::Segment& segment : part.segments) {
      if (!any) {
        sheet.heading("Segments");
        sheet.row(fmt::format(
            "{:<11}{:<11}{:<12}{:>8}  {}", "part", "offset", "address", "size", "goes to"));
        any = true;
      }
      sheet.row(fmt::format("{:<11}0x{:06x}   0x{:08x}  {:>8}  {}",
                            image::to_string(part.role),
                            segment.offset,
                            segment.address,
                            segment.size,
                            image::to_string(segment.memory)));
    }
  }
}

void add_partitions(const image::ImageFacts& facts, Sheet& sheet) {
  if (facts.partitions.empty()) {
    return;
  }
  sheet.heading("Partitions");
  sheet.row(
      fmt::format("{:<18}{:<6}{:<9}{:<10}{:>10}", "label", "type", "subtype", "offset", "size"));
  for (const image::Partition& partition : facts.partitions) {
    sheet.row(fmt::format("{:<18}{:<6}0x{:02x}     0x{:06x}  {:>10}",
                          partition.label,
                          partition.type == 0 ? "app" : "data",
                          partition.subtype,
                          partition.offset,
                          partition.size));
  }
}

void add_keys(const InfoReport& report, Sheet& sheet) {
  const std::vector<image::EmbeddedKey>& keys = report.file.examined.payload().keys;
  if (keys.empty()) {
    return;
  }
  sheet.heading("Keys in the image");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    sheet.row(fmt::format("0x{:06x}  {}{}{}",
                          keys[i].offset,
                          keys[i].label,
                          report.key_fingerprints[i].empty() ? "" : "  ",
                          report.key_fingerprints[i]));
  }
}

void add_fit(const InfoReport& report, Sheet& sheet) {
  const image::Fit& fit = *report.fit;
  const bool files = fit.filesystem;
  sheet.line("Available",
             fmt::format("{:>8} bytes {} the filesystem", fit.available, files ? "for" : "below"));
  if (!files) {
    sheet.line("Running",
               report.space.current_size ? fmt::format("{:>8}", fit.current)
                                         : std::string(" unknown, not counted"));
  }
  sheet.line(files ? "Filesystem" : "Update", fmt::format("{:>8}", fit.staged));
  if (fit.inflated) {
    sheet.line("Unpacked", fmt::format("{:>8}", *fit.inflated));
  }
  sheet.line("Fits", fit.fits() ? std::string("yes") : "NO: " + fit.reason);
}

void add_space(const InfoReport& report, Sheet& sheet) {
  if (report.fit) {
    sheet.heading(fmt::format("Space in {}", report.space.layout->name));
    add_fit(report, sheet);
  } else if (report.unpacks_in_place) {
    sheet.heading("Space");
  }
  if (report.unpacks_in_place) {
    sheet.line("Web form",
               *report.unpacks_in_place ? "can unpack it above the running sketch"
                                        : "would overwrite the package before reading it");
  }
}

void add_problems(const InfoReport& report, Sheet& sheet) {
  if (report.problems.empty()) {
    return;
  }
  sheet.heading("Problems");
  for (const image::Problem& problem : report.problems) {
    sheet.row(fmt::format("{:<9}{}", image::to_string(problem.level), problem.message));
  }
}

}  // namespace

std::string info_text(const InfoReport& report) {
  const image::Examined& examined = report.file.examined;
  std::string text = report.file.path + "\n";
  Sheet sheet(text);
  sheet.line("Kind", image::describe(examined.file.kind));
  if (examined.payload().chip != image::Chip::None) {
    sheet.line("Chip", image::to_string(examined.payload().chip));
  }
  sheet.line("Size", fmt::format("{} bytes", report.file.bytes.size()));
  sheet.line("MD5", report.md5);
  sheet.line("SHA-256", report.sha256);
  if (report.sketch_md5) {
    sheet.line("Sketch MD5", *report.sketch_md5);
  }
  add_package(report, sheet);
  add_image(examined.payload(), sheet);
  add_signature(report, sheet);
  add_segments(examined.payload(), sheet);
  add_partitions(examined.payload(), sheet);
  add_keys(report, sheet);
  add_space(report, sheet);
  add_problems(report, sheet);
  text.pop_back();
  return text;
}

std::string layouts_text() {
  std::string text = fmt::format(
      "{:<9}{:>10}{:>12}{:>18}{:>15}", "name", "flash", "sketch+OTA", "filesystem", "code up to");
  for (const image::Layout& layout : image::layouts()) {
    text += fmt::format("\n{:<9}{:>10}{:>12}{:>18}{:>15}",
                        layout.name,
                        flash_size(layout.flash_size),
                        layout.fs_start,
                        layout.fs_size(),
                        layout.irom_limit);
  }
  return text;
}

}  // namespace otatool::cli
