#include "cli/serve/serve_check.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "otatool/counted.hpp"
#include "otatool/image/problems.hpp"

namespace otatool::cli {
namespace {

std::string_view kind_name(const http::ServedFile& file) {
  return file.kind == http::FileKind::Filesystem ? "filesystem" : "firmware";
}

nlohmann::json findings_json(const app::LoadedFile& image) {
  nlohmann::json problems = nlohmann::json::array();
  for (const image::Problem& problem : image::problems(image.examined)) {
    problems.push_back({{"level", image::to_string(problem.level)},
                        {"code", problem.code},
                        {"message", problem.message}});
  }
  return problems;
}

nlohmann::json image_json(const app::LoadedFile& image) {
  const http::ServedFile& file = *image.file;
  return {{"file", file.name},
          {"size", file.whole.size_bytes},
          {"md5", file.whole.md5},
          {"sha256", file.whole.sha256},
          {"running_md5", file.running_md5},
          {"kind", kind_name(file)},
          {"chip",
           file.family == ChipFamily::Unknown ? nlohmann::json()
                                              : nlohmann::json(to_string(file.family))},
          {"package", file.package},
          {"findings", findings_json(image)}};
}

std::string conditions(const http::ManifestRule& rule) {
  std::string text;
  const auto add = [&text](std::string_view name, const std::vector<std::string>& values) {
    if (!values.empty()) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, fmt::join(values, " or "));
    }
  };
  add("mac", rule.matchers.macs);
  add("chip", rule.matchers.chips);
  add("board", rule.matchers.boards);
  add("group", rule.matchers.groups);
  add("running", rule.matchers.versions);
  if (rule.matchers.mode) {
    add("mode", {std::string(http::to_string(*rule.matchers.mode))});
  }
  if (text.empty()) {
    text = "every device";
  }
  if (rule.percent < 100) {
    text += fmt::format(", {} % of them", rule.percent);
  }
  if (rule.plan) {
    text += fmt::format(", in stages of {} %", fmt::join(rule.plan->stages, ", "));
  }
  if (!rule.minimum.empty()) {
    text += ", minimum " + rule.minimum;
  }
  return text;
}

/// The conditions in the form of a manifest's `match`.
nlohmann::json match_json(const http::Matchers& matchers) {
  nlohmann::json match = nlohmann::json::object();
  const auto add = [&match](const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) {
      match[name] = values;
    }
  };
  add("mac", matchers.macs);
  add("chip", matchers.chips);
  add("board", matchers.boards);
  add("group", matchers.groups);
  add("version", matchers.versions);
  if (matchers.mode) {
    match["mode"] = http::to_string(*matchers.mode);
  }
  return match;
}

}  // namespace

void report_check(Messages& messages,
                  const app::LoadedCatalogue& loaded,
                  const std::vector<app::HiddenFile>& hidden) {
  nlohmann::json rules = nlohmann::json::array();
  for (const http::Rule& rule : loaded.catalogue->rules) {
    const http::ManifestRule& manifest = rule.manifest;
    messages.result(fmt::format("rule {}: {} {}for {}",
                                rules.size() + 1,
                                manifest.image,
                                manifest.version.empty() ? "" : manifest.version + " ",
                                conditions(manifest)));
    rules.push_back(
        {{"image", manifest.image},
         {"version", manifest.version},
         {"match", match_json(manifest.matchers)},
         {"percent", manifest.percent},
         {"name", manifest.name},
         {"stages", manifest.plan ? nlohmann::json(manifest.plan->stages) : nlohmann::json()},
         {"minimum", manifest.minimum}});
  }
  nlohmann::json images = nlohmann::json::array();
  for (const auto& [name, image] : loaded.images) {
    images.push_back(image_json(image));
    messages.result(fmt::format("{}: {}, {} bytes, a device running it reports sketch MD5 {}",
                                name,
                                kind_name(*image.file),
                                image.file->whole.size_bytes,
                                image.file->running_md5.empty() ? "-" : image.file->running_md5));
    for (const image::Problem& problem : image::problems(image.examined)) {
      if (problem.level != image::Level::Note) {
        messages.warning(fmt::format("{}: {}", name, problem.message));
      }
    }
  }
  nlohmann::json hidden_files = nlohmann::json::array();
  for (const app::HiddenFile& file : hidden) {
    messages.result(fmt::format("hidden: {}: {}", file.name, file.reason));
    hidden_files.push_back({{"file", file.name}, {"reason", file.reason}});
  }
  messages.result(fmt::format("ok: {}, {}",
                              counted(loaded.catalogue->rules.size(), "rule"),
                              counted(loaded.images.size(), "image")));
  messages.json_document(
      {{"schema", 1},
       {"manifest", loaded.manifest.empty() ? nlohmann::json() : nlohmann::json(loaded.manifest)},
       {"rules", std::move(rules)},
       {"images", std::move(images)},
       {"hidden", std::move(hidden_files)}});
}

}  // namespace otatool::cli
