#include "cli/serve/catalogue_sign.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/bytes.hpp"
#include "otatool/espota/digest.hpp"

namespace otatool::cli {
namespace {

std::string text_of(const http::Rule& rule) {
  const http::ManifestRule& manifest = rule.manifest;
  const http::Matchers& matchers = manifest.matchers;
  std::string text = fmt::format("{}\n{}\n{}\n{} {} {} {}\n",
                                 manifest.name,
                                 rule.file->whole.sha256,
                                 manifest.version,
                                 manifest.percent,
                                 manifest.minimum,
                                 manifest.gzip,
                                 manifest.downgrade);
  text += fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n",
                      matchers.macs,
                      matchers.chips,
                      matchers.boards,
                      matchers.groups,
                      matchers.versions,
                      matchers.mode ? static_cast<int>(*matchers.mode) : -1);
  text += fmt::format("{} {}\n", manifest.attempts.attempts, manifest.attempts.retry_after);
  if (manifest.plan) {
    const fleet::StagePlan& plan = *manifest.plan;
    text += fmt::format("{} {} {} {}\n",
                        plan.stages,
                        plan.stage_time,
                        plan.stage_confirmed,
                        plan.halt_failures_permille);
  }
  return text;
}

}  // namespace

std::string catalogue_sign(const http::Catalogue& catalogue) {
  std::string text = catalogue.update_path + '\n';
  for (const auto& [name, members] : catalogue.groups) {
    text += fmt::format("{} {}\n", name, members);
  }
  for (const http::Rule& rule : catalogue.rules) {
    text += text_of(rule);
  }
  if (catalogue.only_file) {
    text += catalogue.only_file->whole.sha256;
  }
  return espota::sha256_hex(as_bytes(text));
}

}  // namespace otatool::cli
