#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/images/info_report.hpp"
#include "cli/io/printable.hpp"
#include "cli/io/text_layout.hpp"

namespace otatool::cli {
namespace {

constexpr std::uint64_t kKib = 1024;
constexpr std::uint64_t kMib = 1024 * kKib;

/// Lines of a label and its value, the values aligned.
class Sheet {
 public:
  explicit Sheet(std::size_t width) : width_(width) {}

  void line(std::string_view label, std::string_view value) { add(label, 13, value); }
  void heading(std::string_view title) { text_ += fmt::format("\n{}\n", title); }
  void problem(std::string_view level, std::string_view message) { add(level, 9, message); }
  void table(const Table& table) {
    for (const std::string& row : table.lines(width_ - std::min(width_, kIndent))) {
      text_ += fmt::format("  {}\n", row);
    }
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static constexpr std::size_t kIndent = 2;

  void add(std::string_view label, std::size_t cells, std::string_view value) {
    const std::size_t indent = kIndent + cells;
    text_ += fmt::format(
        "  {}{}\n", padded(label, cells), wrapped(printable(value), width_, indent, indent));
  }

  std::size_t width_;
  std::string text_;
};

std::string_view correct(bool good) {
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
  if (const auto* const hash = facts.sha256()) {
    sheet.line("Hash", fmt::format("{}, {}", hash->stored, correct(hash->matches())));
  }
  if (facts.app) {
    sheet.line("App", fmt::format("{} {}", facts.app->project, facts.app->version));
    sheet.line(
        "Built",
        fmt::format("{} {}, IDF {}", facts.app->date, facts.app->time, facts.app->idf_version));
    sheet.line("Secure ver.", std::to_string(facts.app->secure_version));
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
          fmt::format("{:02x}, {}", part->checksum->stored, correct(part->checksum->matches())));
    }
  }
  if (facts.crc) {
    sheet.line("CRC",
               fmt::format("{:08x} at 0x{:04x} over {} bytes, {}",
                           facts.crc->value.stored,
                           facts.crc->offset,
                           facts.crc->covered_size,
                           correct(facts.crc->value.matches())));
  }
  if (facts.filesystem) {
    sheet.line(
        "Filesystem",
        fmt::format(
            "{} blocks of {} bytes", facts.filesystem->block_count, facts.filesystem->block_size));
  }
  add_esp32(facts, sheet);
}

/// `rsa-2048`, or `rsa, at most 2048 bits` if only the length of the signature is known.
std::string algorithm_text(const InfoReport& report) {
  const image::SignatureFacts& signature = *report.file.examined.file.signature;
  const std::string_view name = image::to_string(signature.algorithm);
  if (const auto bits = known_key_bits(report)) {
    return fmt::format("{}-{}", name, *bits);
  }
  return signature.key_bits == 0 ? std::string(name)
                                 : fmt::format("{}, at most {} bits", name, signature.key_bits);
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
             fmt::format("{}{}, {}, {} bytes after {}",
                         signature->certain ? "" : "perhaps ",
                         form,
                         algorithm_text(report),
                         signature->trailer_size,
                         signature->payload_size));
  for (const image::SecureBootBlock& block : signature->blocks) {
    sheet.line("Block",
               fmt::format("{} {:.16}, {}",
                           block.key_name,
                           block.key_fingerprint,
                           correct(block.crc_matches && block.digest_matches == true &&
                                   block.signature_matches == true)));
  }
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

void add_patch(const InfoReport& report, Sheet& sheet) {
  if (!report.patch) {
    return;
  }
  const Result<delta::Facts>& facts = *report.patch;
  sheet.line("Patch", facts ? "valid" : "BROKEN: " + facts.error().message());
  if (facts) {
    sheet.line("From", fmt::format("{} bytes, SHA-256 {}", facts->old_size, facts->old_sha256));
    sheet.line("To", fmt::format("{} bytes, SHA-256 {}", facts->new_size, facts->new_sha256));
  }
}

void add_segments(const image::ImageFacts& facts, Sheet& sheet) {
  Table table({{"part"}, {"offset"}, {"address"}, {"size", true}, {"goes to"}});
  bool any = false;
  for (const image::Part& part : facts.parts) {
    for (const image::Segment& segment : part.segments) {
      table.add({std::string(image::to_string(part.role)),
                 fmt::format("0x{:06x}", segment.offset),
                 fmt::format("0x{:08x}", segment.address),
                 std::to_string(segment.size),
                 std::string(image::to_string(segment.memory))});
      any = true;
    }
  }
  if (any) {
    sheet.heading("Segments");
    sheet.table(table);
  }
}

void add_partitions(const image::ImageFacts& facts, Sheet& sheet) {
  if (facts.partitions.empty()) {
    return;
  }
  Table table({{"label"}, {"type"}, {"subtype"}, {"offset"}, {"size", true}});
  for (const image::Partition& partition : facts.partitions) {
    table.add({partition.label,
               partition.type == 0 ? "app" : "data",
               fmt::format("0x{:02x}", partition.subtype),
               fmt::format("0x{:06x}", partition.offset),
               std::to_string(partition.size)});
  }
  sheet.heading("Partitions");
  sheet.table(table);
  if (const auto& md5 = facts.partition_md5) {
    sheet.line("MD5", fmt::format("{}, {}", md5->stored, correct(md5->matches == true)));
  }
}

void add_keys(const InfoReport& report, Sheet& sheet) {
  const std::vector<image::EmbeddedKey>& keys = report.file.examined.payload().keys;
  if (keys.empty()) {
    return;
  }
  Table table({{"offset"}, {"label"}, {"fingerprint"}});
  for (std::size_t i = 0; i < keys.size(); ++i) {
    table.add({fmt::format("0x{:06x}", keys[i].offset),
               std::string(keys[i].label),
               report.key_fingerprints[i].empty() ? "-" : report.key_fingerprints[i]});
  }
  sheet.heading("Keys in the image");
  sheet.table(table);
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
    sheet.problem(image::to_string(problem.level), problem.message);
  }
}

}  // namespace

std::optional<unsigned> known_key_bits(const InfoReport& report) {
  const auto& signature = report.file.examined.file.signature;
  if (signature && is_secure_boot(signature->form) && signature->key_bits != 0) {
    return signature->key_bits;
  }
  if (report.signature && report.signature->valid) {
    return report.signature->key_bits;
  }
  return std::nullopt;
}

std::string info_text(const InfoReport& report, std::size_t width) {
  const image::Examined& examined = report.file.examined;
  Sheet sheet(width);
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
  add_patch(report, sheet);
  add_image(examined.payload(), sheet);
  add_signature(report, sheet);
  add_segments(examined.payload(), sheet);
  add_partitions(examined.payload(), sheet);
  add_keys(report, sheet);
  add_space(report, sheet);
  add_problems(report, sheet);
  std::string text = printable(report.file.path) + "\n" + sheet.text();
  text.pop_back();
  return text;
}

std::string layouts_text(std::size_t width) {
  Table table({{"name"},
               {"flash", true},
               {"sketch+OTA", true},
               {"filesystem", true},
               {"code up to", true}});
  for (const image::Layout& layout : image::layouts()) {
    table.add({std::string(layout.name),
               flash_size(layout.flash_size),
               std::to_string(layout.fs_start),
               std::to_string(layout.fs_size()),
               std::to_string(layout.irom_limit)});
  }
  return fmt::format("{}", fmt::join(table.lines(width), "\n"));
}

}  // namespace otatool::cli
