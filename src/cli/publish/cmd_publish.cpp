#include <array>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "otatool/counted.hpp"
#include "otatool/image/problems.hpp"
#include "otatool/unix_time.hpp"

#include "app/publish/publish_site.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kPublishExamples = {
    Example{"otatool publish releases/ /var/www/ota", "for nginx, from the folder of 'serve'"},
    Example{"otatool publish firmware.bin site/", "one image, for GitHub Pages"},
    Example{"otatool publish releases/ site/ --key private.key", "with signatures"},
};

constexpr std::array kPublishOptions = {
    Option{.name = "key", .letter = 'k', .value = "KEY", .help = "sign the images with this key"},
    Option{.name = "keep",
           .value = "S",
           .help = "seconds before a file that is no longer published is removed (3600)"},
    kPassphraseFileOption,
};

constexpr std::uint32_t kDefaultKeep = 3600;
constexpr std::uint32_t kMostKeep = 366 * 86'400;

void warn_of_problems(Messages& messages, const app::ImageSelection& selection) {
  for (const std::string& skipped : selection.skipped) {
    messages.note("not published: " + skipped);
  }
  for (const app::PublishedImage& image : selection.images) {
    for (const image::Problem& problem : image::problems(image.loaded.examined)) {
      if (problem.level != image::Level::Note) {
        messages.warning(fmt::format("{}: {}", image.loaded.file->name, problem.message));
      }
    }
  }
}

void report_site(Messages& messages,
                 const app::PublishReport& report,
                 const std::string& destination,
                 const std::optional<std::string>& key) {
  warn_of_problems(messages, report.selection);
  for (const std::string& note : report.notes) {
    messages.note(note);
  }
  for (const std::string& name : report.written) {
    messages.detail(1, "wrote " + name);
  }
  for (const std::string& name : report.removed) {
    messages.detail(1, "removed " + name);
  }
  messages.result(fmt::format("{}: {} written, {} unchanged, {} removed, {} kept for a while",
                              destination,
                              counted(report.written.size(), "file"),
                              report.unchanged,
                              report.removed.size(),
                              report.kept.size()));
  for (const std::string& name : report.manifests) {
    messages.result(fmt::format("  manifest: {}", name));
  }
  nlohmann::json images = nlohmann::json::array();
  for (const app::PublishedImage& image : report.selection.images) {
    images.push_back({{"file", image.loaded.file->name},
                      {"version", image.version},
                      {"md5", image.loaded.file->whole.md5},
                      {"sha256", image.loaded.file->whole.sha256}});
  }
  messages.json_document({{"schema", 1},
                          {"destination", destination},
                          {"images", std::move(images)},
                          {"manifests", report.manifests},
                          {"written", report.written},
                          {"unchanged", report.unchanged},
                          {"removed", report.removed},
                          {"kept", report.kept},
                          {"skipped", report.selection.skipped},
                          {"notes", report.notes},
                          {"key", key ? nlohmann::json(*key) : nlohmann::json()}});
}

Result<int> run_publish(Invocation& invocation) {
  OptionReader read(invocation);
  const auto keep = read.number<std::uint32_t>("keep", {0, kMostKeep}, kDefaultKeep);
  TRY_VOID(read.finish());
  std::unique_ptr<signing::Signer> signer;
  std::optional<std::string> fingerprint;
  if (const auto path = invocation.value("key")) {
    TRY(signer, load_signing_key(invocation, *path));
    fingerprint = fingerprint_of(signer->public_half());
  }
  const std::string& destination = invocation.arguments()[1];
  const auto report = app::publish_site({.path = invocation.arguments()[0],
                                         .destination = destination,
                                         .signer = signer.get(),
                                         .keep_seconds = keep,
                                         .now = unix_time()});
  if (!report && report.error().code() == Errc::OutputExists) {
    invocation.messages().error(report.error(),
                                "move it to another folder, or publish to an empty one");
    return exit_code(Errc::OutputExists);
  }
  if (!report) {
    return fail(report.error());
  }
  report_site(invocation.messages(), *report, destination, fingerprint);
  return kSuccess;
}

}  // namespace

const Command kPublishCommand = {
    .name = "publish",
    .summary = "make static files for devices, for any web server",
    .arguments = "PATH DEST",
    .examples = kPublishExamples,
    .options = kPublishOptions,
    .run = run_publish,
    .min_arguments = 2,
    .max_arguments = 2,
};

}  // namespace otatool::cli
