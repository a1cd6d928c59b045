#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/images/info_report.hpp"

namespace otatool::cli {
namespace {

using nlohmann::json;

/// Null for an empty text.
json text_or_null(std::string_view text) {
  return text.empty() ? json(nullptr) : json(text);
}

json flash_json(const image::FlashSettings& flash) {
  return {{"mode", flash.mode ? json(image::to_string(*flash.mode)) : json(nullptr)},
          {"size", flash.size_bytes ? json(*flash.size_bytes) : json(nullptr)},
          {"frequency", text_or_null(flash.frequency)}};
}

json checksum_json(const image::Part& part) {
  if (!part.checksum) {
    return nullptr;
  }
  return {{"stored", fmt::format("{:02x}", part.checksum->stored)},
          {"computed", fmt::format("{:02x}", part.checksum->computed)},
          {"valid", part.checksum->matches()}};
}

json parts_json(const image::ImageFacts& facts) {
  json parts = json::array();
  for (const image::Part& part : facts.parts) {
    parts.push_back({{"role", image::to_string(part.role)},
                     {"offset", part.offset},
                     {"size", part.size == 0 ? json(nullptr) : json(part.size)},
                     {"entry", part.entry},
                     {"flash", flash_json(part.flash)},
                     {"checksum", checksum_json(part)}});
  }
  return parts;
}

json segments_json(const image::ImageFacts& facts) {
  json segments = json::array();
  for (const image::Part& part : facts.parts) {
    for (const image::Segment& segment : part.segments) {
      segments.push_back({{"part", image::to_string(part.role)},
                          {"offset", segment.offset},
                          {"address", segment.address},
                          {"size", segment.size},
                          {"memory", image::to_string(segment.memory)}});
    }
  }
  return segments;
}

json app_json(const image::AppDescriptor& app) {
  return {{"project", app.project},
          {"version", app.version},
          {"date", app.date},
          {"time", app.time},
          {"idf_version", app.idf_version},
          {"secure_version", app.secure_version},
          {"elf_sha256", app.elf_sha256}};
}

json partitions_json(const image::ImageFacts& facts) {
  json partitions = json::array();
  for (const image::Partition& partition : facts.partitions) {
    partitions.push_back({{"label", partition.label},
                          {"type", partition.type},
                          {"subtype", partition.subtype},
                          {"offset", partition.offset},
                          {"size", partition.size}});
  }
  return partitions;
}

json hash_json(const image::Stored<std::string>& hash) {
  return {{"stored", hash.stored}, {"computed", hash.computed}, {"valid", hash.matches()}};
}

void add_esp32(const image::ImageFacts& facts, json& object) {
  if (const auto* const hash = facts.sha256()) {
    object["hash"] = hash_json(*hash);
  }
  if (facts.esp32) {
    object["esp32"] = {{"chip_id", facts.esp32->chip_id},
                       {"min_revision", facts.esp32->min_revision},
                       {"max_revision", facts.esp32->max_revision},
                       {"hash_appended", facts.esp32->hash_appended}};
  }
  if (facts.app) {
    object["app"] = app_json(*facts.app);
  }
  if (!facts.partitions.empty()) {
    object["partitions"] = partitions_json(facts);
  }
  if (const auto& md5 = facts.partition_md5) {
    object["partition_md5"] = {{"stored", md5->stored}, {"valid", md5->matches == true}};
  }
  if (facts.merged_app_offset) {
    object["app_offset"] = *facts.merged_app_offset;
  }
}

/// The members that a file and the content of a package share.
void add_image(const image::ImageFacts& facts, json& object) {
  object["image_size"] = facts.image_size == 0 ? json(nullptr) : json(facts.image_size);
  object["trailing_bytes"] = facts.trailing_bytes;
  if (const image::Part* part = facts.main_part()) {
    object["entry"] = part->entry;
    object["flash"] = flash_json(facts.parts.front().flash);
    object["checksum"] = checksum_json(*part);
    object["parts"] = parts_json(facts);
    object["segments"] = segments_json(facts);
  }
  if (facts.crc) {
    object["crc"] = {{"offset", facts.crc->offset},
                     {"covered", facts.crc->covered_size},
                     {"stored", fmt::format("{:08x}", facts.crc->value.stored)},
                     {"computed", fmt::format("{:08x}", facts.crc->value.computed)},
                     {"valid", facts.crc->value.matches()}};
  }
  if (facts.filesystem) {
    object["filesystem"] = {{"block_size", facts.filesystem->block_size},
                            {"block_count", facts.filesystem->block_count},
                            {"version", facts.filesystem->version}};
  }
  add_esp32(facts, object);
}

json patch_json(const Result<delta::Facts>& facts) {
  if (!facts) {
    return {{"valid", false}, {"reason", facts.error().message()}};
  }
  return {{"valid", true},
          {"old_size", facts->old_size},
          {"new_size", facts->new_size},
          {"old_sha256", facts->old_sha256},
          {"new_sha256", facts->new_sha256}};
}

json keys_json(const InfoReport& report) {
  json keys = json::array();
  const std::vector<image::EmbeddedKey>& found = report.file.examined.payload().keys;
  for (std::size_t i = 0; i < found.size(); ++i) {
    keys.push_back({{"offset", found[i].offset},
                    {"label", found[i].label},
                    {"private", found[i].is_private},
                    {"fingerprint", text_or_null(report.key_fingerprints[i])}});
  }
  return keys;
}

json key_bits_json(const InfoReport& report) {
  const auto bits = known_key_bits(report);
  return bits ? json(*bits) : json(nullptr);
}

json signature_json(const InfoReport& report) {
  const auto& signature = report.file.examined.file.signature;
  if (!signature) {
    return nullptr;
  }
  json object = {{"form", to_string(signature->form)},
                 {"algorithm", image::to_string(signature->algorithm)},
                 {"key_bits", key_bits_json(report)},
                 {"payload_size", signature->payload_size},
                 {"signature_size", signature->signature_size},
                 {"trailer_size", signature->trailer_size},
                 {"certain", signature->certain},
                 {"valid", nullptr},
                 {"reason", nullptr}};
  if (report.signature) {
    object["form"] = report.signature->form.empty() ? object["form"] : json(report.signature->form);
    object["valid"] = report.signature->valid;
    object["reason"] = text_or_null(report.signature->reason);
    object["key_fingerprint"] = report.signature->key_fingerprint;
  }
  if (!signature->blocks.empty()) {
    object["blocks"] = json::array();
    for (const image::SecureBootBlock& block : signature->blocks) {
      object["blocks"].push_back(
          {{"algorithm", image::to_string(block.algorithm)},
           {"crc_valid", block.crc_matches},
           {"digest_valid", block.digest_matches ? json(*block.digest_matches) : json(nullptr)},
           {"signature_valid",
            block.signature_matches ? json(*block.signature_matches) : json(nullptr)},
           {"key", text_or_null(block.key_name)},
           {"key_fingerprint", text_or_null(block.key_fingerprint)}});
    }
  }
  return object;
}

json gzip_json(const InfoReport& report) {
  const image::PackageFacts& package = *report.file.examined.package;
  json object = {
      {"valid", package.valid()},
      {"reason", package.fault ? json(package.fault->message) : json(nullptr)},
      {"package_size", package.member_size == 0 ? json(nullptr) : json(package.member_size)},
      {"content_size", package.inflated_size},
      {"name", text_or_null(package.name)},
      {"modified", package.modified == 0 ? json(nullptr) : json(package.modified)},
      {"content", nullptr}};
  if (const auto& content = report.file.examined.content) {
    json inner = {{"kind", image::to_string(content->kind)},
                  {"chip", image::to_string(content->chip)},
                  {"size", content->file_size}};
    add_image(*content, inner);
    object["content"] = std::move(inner);
  }
  return object;
}

json problems_json(const InfoReport& report) {
  json problems = json::array();
  for (const image::Problem& problem : report.problems) {
    problems.push_back({{"level", image::to_string(problem.level)},
                        {"code", problem.code},
                        {"message", problem.message}});
  }
  return problems;
}

}  // namespace

json info_json(const InfoReport& report) {
  const image::Examined& examined = report.file.examined;
  json document = {{"schema", 1},
                   {"file", report.file.path},
                   {"size", report.file.bytes.size()},
                   {"kind", image::to_string(examined.file.kind)},
                   {"chip", image::to_string(examined.payload().chip)},
                   {"md5", report.md5},
                   {"sha256", report.sha256},
                   {"sketch_md5", report.sketch_md5 ? json(*report.sketch_md5) : json(nullptr)},
                   {"signature", signature_json(report)},
                   {"findings", problems_json(report)}};
  add_image(examined.file, document);
  if (examined.package) {
    document["gzip"] = gzip_json(report);
  }
  if (report.patch) {
    document["patch"] = patch_json(*report.patch);
  }
  if (!examined.payload().keys.empty()) {
    document["keys"] = keys_json(report);
  }
  if (report.fit) {
    document["fit"] = fit_json(report.space, *report.fit);
  }
  if (report.unpacks_in_place) {
    document["unpacks_in_place"] = *report.unpacks_in_place;
  }
  return document;
}

json layouts_json() {
  json layouts = json::array();
  for (const image::Layout& layout : image::layouts()) {
    layouts.push_back({{"name", layout.name},
                       {"flash_size", layout.flash_size},
                       {"fs_start", layout.fs_start},
                       {"fs_limit", layout.fs_size()},
                       {"irom_limit", layout.irom_limit}});
  }
  return {{"schema", 1}, {"layouts", std::move(layouts)}};
}

}  // namespace otatool::cli
