#include "otatool/http/update_rules.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otatool/glob.hpp"
#include "otatool/http/version_order.hpp"

namespace otatool::http {
namespace {

constexpr std::uint64_t kSector = 4096;

std::uint64_t whole_sectors(std::uint64_t bytes) {
  return (bytes + kSector - 1) / kSector * kSector;
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view text) {
  return std::ranges::any_of(
      patterns, [text](const std::string& pattern) { return matches_glob(text, pattern); });
}

bool is_chip(const std::string& chip, const DeviceRequest& device) {
  return chip == to_string(device.family) ||
         (device.chip_id && chip == std::to_string(*device.chip_id));
}

bool is_member(const std::vector<std::string>& members, const DeviceRequest& device) {
  return std::ranges::any_of(members, [&](const std::string& member) {
    return matches_glob(device.station_mac, member) || is_chip(member, device);
  });
}

UpdateMode mode_of(const DeviceRequest& device) {
  return device.mode == UpdateMode::Version ? UpdateMode::Sketch : device.mode;
}

bool suits(const ServedFile& file, const DeviceRequest& device) {
  const bool filesystem = mode_of(device) == UpdateMode::Filesystem;
  return file.kind == (filesystem ? FileKind::Filesystem : FileKind::Firmware) &&
         (file.family == ChipFamily::Unknown || file.family == device.family);
}

bool matches(const Rule& rule,
             const DeviceRequest& device,
             std::string_view board,
             const Catalogue& catalogue) {
  const Matchers& matchers = rule.manifest.matchers;
  const auto in_group = [&](const std::string& name) {
    const auto group = catalogue.groups.find(name);
    return group != catalogue.groups.end() && is_member(group->second, device);
  };
  const auto chip = [&](const std::string& name) { return is_chip(name, device); };
  return (matchers.macs.empty() || matches_any(matchers.macs, device.station_mac)) &&
         (matchers.chips.empty() || std::ranges::any_of(matchers.chips, chip)) &&
         (matchers.boards.empty() || matches_any(matchers.boards, board)) &&
         (matchers.groups.empty() || std::ranges::any_of(matchers.groups, in_group)) &&
         (matchers.versions.empty() || matches_any(matchers.versions, device.version)) &&
         (!matchers.mode || *matchers.mode == mode_of(device)) && suits(*rule.file, device);
}

/// A missing version, or one that cannot be compared, counts as older than any minimum.
bool is_below_minimum(const ManifestRule& rule, const DeviceRequest& device) {
  return !rule.minimum.empty() && !std::is_gteq(compare_versions(device.version, rule.minimum));
}

/// Why a rule passes over the device; empty if it does not.
std::string_view reason_to_wait(const ManifestRule& rule,
                                const DeviceRequest& device,
                                const fleet::View* fleet) {
  constexpr std::string_view kNotYet = "not yet in the rollout";
  if (!rule.plan) {
    const std::string& what = rule.version.empty() ? rule.image : rule.version;
    const bool left_out =
        rollout_place(device, what) >= rule.percent && !is_below_minimum(rule, device);
    return left_out ? kNotYet : std::string_view();
  }
  const unsigned place = is_below_minimum(rule, device) ? 0 : rollout_place(device, rule.version);
  const fleet::Rollout* rollout = fleet != nullptr ? fleet->rollout(rule.name) : nullptr;
  if (rollout == nullptr || rollout->version != rule.version) {
    return place < rule.plan->stages.front() ? std::string_view() : kNotYet;
  }
  switch (fleet::admit(*rollout, place)) {
    case fleet::Admission::NotYet:
      return kNotYet;
    case fleet::Admission::Paused:
      return "the rollout is paused";
    case fleet::Admission::Halted:
      return "the rollout is halted";
    case fleet::Admission::In:
      break;
  }
  return {};
}

/// Sends nothing if the file had no effect on the device too often.
void block_if_useless(Decision& decision,
                      const DeviceRequest& device,
                      const fleet::AttemptLimit& limit,
                      const fleet::View* fleet) {
  const auto mac = fleet::parse_mac(device.station_mac);
  const fleet::Device* known = fleet != nullptr && mac ? fleet->device(*mac) : nullptr;
  if (decision.verdict != Verdict::Send || known == nullptr || !known->at(slot_of(device)).image) {
    return;
  }
  const fleet::Progress& progress = known->at(slot_of(device));
  const fleet::Runs runs = runs_image(device, *progress.image);
  if (!fleet::is_blocked(progress, runs, decision.file->whole.sha256, limit, fleet->now())) {
    return;
  }
  decision.verdict = Verdict::Blocked;
  decision.reason = runs == fleet::Runs::Unknown
                        ? "several downloads, and the device does not say what it runs"
                        : "several downloads had no effect";
  decision.deliverable = nullptr;
}

/// Why the device needs no update: it runs this image or a newer version. Empty: it needs one.
std::string up_to_date(const DeviceRequest& device,
                       const ServedFile& file,
                       const ManifestRule* rule) {
  // The hashes that a device sends are of its sketch, not of its filesystem.
  if (mode_of(device) == UpdateMode::Sketch) {
    const bool same_md5 = !file.running_md5.empty() && device.sketch_md5 == file.running_md5;
    const bool same_sha256 =
        !file.running_sha256.empty() && device.sketch_sha256 == file.running_sha256;
    if (same_md5 || same_sha256) {
      return "runs this image";
    }
  }
  if (rule == nullptr || rule->version.empty() || device.version.empty()) {
    return {};
  }
  const auto order = compare_versions(device.version, rule->version);
  if (order == std::partial_ordering::equivalent) {
    return "runs this version";
  }
  if (order == std::partial_ordering::greater && !rule->downgrade) {
    return "runs a newer version";
  }
  return {};
}

/// The form of the file for this device; null for a package that the device may not unpack.
const Deliverable* choose_form(const ServedFile& file, const DeviceRequest& device, bool gzip) {
  const bool sketch = mode_of(device) == UpdateMode::Sketch;
  if (!file.package || (gzip && sketch && device.family == ChipFamily::Esp8266)) {
    return &file.whole;
  }
  return file.unpacked ? &*file.unpacked : nullptr;
}

/// Why the image does not fit; empty if it fits or the device does not send its sizes.
std::string lack_of_space(const ServedFile& file,
                          const Deliverable& form,
                          const DeviceRequest& device) {
  const bool packed = file.package && &form == &file.whole;
  if (mode_of(device) == UpdateMode::Sketch && device.free_space) {
    if (form.size_bytes > *device.free_space) {
      return fmt::format(
          "{} bytes do not fit into {} free bytes", form.size_bytes, *device.free_space);
    }
    // eboot unpacks over the old sketch and the free space after it, and the device does not check
    // that the content fits (signing-gzip-images.md 2.4).
    const std::uint64_t room = *device.free_space + whole_sectors(device.sketch_size.value_or(0));
    if (packed && device.sketch_size && whole_sectors(file.installed_size) > room) {
      return fmt::format(
          "it unpacks to {} bytes, and {} bytes are available", file.installed_size, room);
    }
  }
  if (device.chip_size && file.installed_size > *device.chip_size) {
    return fmt::format(
        "{} bytes do not fit into a flash of {} bytes", file.installed_size, *device.chip_size);
  }
  if (device.chip_size && device.family == ChipFamily::Esp8266 &&
      file.flash_size_bytes > *device.chip_size) {
    return fmt::format("the image is made for a flash of {} bytes, the device has {}",
                       file.flash_size_bytes,
                       *device.chip_size);
  }
  return {};
}

/// `unpacks`: the device unpacks packages.
Decision decide_image(const DeviceRequest& device,
                      const ServedFile& file,
                      const ManifestRule* rule,
                      bool unpacks) {
  Decision decision;
  decision.file = &file;
  if (rule != nullptr) {
    decision.version = rule->version;
  }
  if (device.mode == UpdateMode::Version) {
    decision.verdict = decision.version.empty() ? Verdict::NotForYou : Verdict::SendVersion;
    decision.reason = decision.version.empty() ? "the rule names no version" : "version query";
    decision.deliverable = choose_form(file, device, unpacks);
    return decision;
  }
  decision.reason = up_to_date(device, file, rule);
  if (!decision.reason.empty()) {
    decision.verdict = Verdict::UpToDate;
    return decision;
  }
  const Deliverable* form = choose_form(file, device, unpacks);
  if (form == nullptr) {
    decision.reason = "a signed package, and no rule says that the device unpacks packages";
    return decision;
  }
  decision.reason = lack_of_space(file, *form, device);
  if (decision.reason.empty()) {
    decision.verdict = Verdict::Send;
    decision.deliverable = form;
  }
  return decision;
}

Decision refuse_mode(const DeviceRequest& device) {
  Decision decision;
  decision.reason = fmt::format("unknown mode '{}'", device.unknown_mode);
  return decision;
}

/// True if the rule names chips and none belongs to `family`. A chip id is an ESP8266's.
bool excludes_family(const Matchers& matchers, ChipFamily family) {
  return !matchers.chips.empty() &&
         std::ranges::none_of(matchers.chips, [family](const std::string& chip) {
           return (chip == to_string(ChipFamily::Esp32)) == (family == ChipFamily::Esp32);
         });
}

}  // namespace

Result<void> check_rule_image(const ManifestRule& rule, const ServedFile& image) {
  if (image.signed_package && !(rule.gzip && rule.verifier)) {
    return fail(Errc::WrongKind,
                fmt::format("'{}' is a signed package: it destroys a device that does not unpack "
                            "packages or does not verify signatures; set 'gzip' and 'verifier' if "
                            "these devices do both",
                            rule.image));
  }
  const bool filesystem = image.kind == FileKind::Filesystem;
  if (rule.matchers.mode && (*rule.matchers.mode == UpdateMode::Filesystem) != filesystem) {
    return fail(Errc::WrongKind,
                fmt::format("'{}' is {}, but 'mode' is {}",
                            rule.image,
                            filesystem ? "a filesystem" : "firmware",
                            to_string(*rule.matchers.mode)));
  }
  if (image.family != ChipFamily::Unknown && excludes_family(rule.matchers, image.family)) {
    return fail(Errc::WrongKind,
                fmt::format("'{}' is for {}, but 'chip' is {}",
                            rule.image,
                            to_string(image.family),
                            fmt::join(rule.matchers.chips, " or ")));
  }
  return {};
}

unsigned rollout_place(const DeviceRequest& device, std::string_view version) {
  // FNV-1a with the finalizer of SplitMix64, because FNV alone mixes the last bytes badly.
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto mix = [&hash](std::string_view text) {
    for (const char letter : text) {
      hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3U;
    }
  };
  mix(device.station_mac);
  mix(" ");
  mix(version);
  hash = (hash ^ hash >> 30U) * 0xBF58476D1CE4E5B9U;
  hash = (hash ^ hash >> 27U) * 0x94D049BB133111EBU;
  return static_cast<unsigned>((hash ^ hash >> 31U) % 100);
}

Decision decide(const DeviceRequest& device,
                std::string_view board,
                const Catalogue& catalogue,
                const fleet::View* fleet) {
  if (device.mode == UpdateMode::Unknown) {
    return refuse_mode(device);
  }
  const Rule* passed_over = nullptr;
  std::string_view wait;
  Decision decision;
  decision.reason = "no rule matches this device";
  for (const Rule& rule : catalogue.rules) {
    if (!matches(rule, device, board, catalogue)) {
      continue;
    }
    const std::string_view reason = reason_to_wait(rule.manifest, device, fleet);
    if (!reason.empty()) {
      if (passed_over == nullptr && up_to_date(device, *rule.file, &rule.manifest).empty()) {
        passed_over = &rule;
        wait = reason;
      }
      decision.verdict = Verdict::Waiting;
      decision.reason = reason;
      continue;
    }
    decision = decide_image(device, *rule.file, &rule.manifest, rule.manifest.gzip);
    decision.rollout = rule.manifest.plan ? rule.manifest.name : std::string();
    block_if_useless(decision, device, rule.manifest.attempts, fleet);
    break;
  }
  if (passed_over != nullptr) {
    decision.waits = true;
    decision.waits_rule = passed_over->manifest.plan ? passed_over->manifest.name : std::string();
    if (decision.verdict == Verdict::UpToDate) {
      decision.reason = wait;
    }
  }
  return decision;
}

Decision decide_file(const DeviceRequest& device,
                     const ServedFile& file,
                     bool by_name,
                     const fleet::View* fleet) {
  if (device.mode == UpdateMode::Unknown) {
    return refuse_mode(device);
  }
  if (file.kind == FileKind::Other || !suits(file, device)) {
    Decision decision;
    decision.file = &file;
    decision.reason = file.kind == FileKind::Other ? "not an image"
                      : file.kind == FileKind::Filesystem
                          ? "a filesystem, but the device asked for a sketch"
                          : "an image for another chip or kind";
    return decision;
  }
  Decision decision = decide_image(device, file, nullptr, by_name && !file.signed_package);
  block_if_useless(decision, device, fleet::AttemptLimit(), fleet);
  return decision;
}

bool has_room_for_patch(const DeviceRequest& device,
                        const ServedFile& file,
                        const Deliverable& patch) {
  const std::uint64_t made = file.unpacked ? file.unpacked->size_bytes : file.whole.size_bytes;
  return !device.free_space ||
         whole_sectors(made) + whole_sectors(patch.size_bytes) <= *device.free_space;
}

fleet::Slot slot_of(const DeviceRequest& device) {
  return device.mode == UpdateMode::Filesystem ? fleet::Slot::Filesystem : fleet::Slot::Sketch;
}

fleet::Runs runs_image(const DeviceRequest& device, const fleet::Image& image) {
  return runs_image(slot_of(device), device.version, device.sketch_md5, image);
}

fleet::Runs runs_image(fleet::Slot slot,
                       const std::string& version,
                       const std::string& md5,
                       const fleet::Image& image) {
  // The hashes that a device sends are of its sketch, not of its filesystem.
  const bool hashes = slot == fleet::Slot::Sketch && !image.md5.empty() && !md5.empty();
  if (hashes && md5 == image.md5) {
    return fleet::Runs::Yes;
  }
  if (!image.version.empty() && !version.empty()) {
    const auto order = compare_versions(version, image.version);
    return order == std::partial_ordering::equivalent ? fleet::Runs::Yes : fleet::Runs::No;
  }
  return hashes ? fleet::Runs::No : fleet::Runs::Unknown;
}

}  // namespace otatool::http
