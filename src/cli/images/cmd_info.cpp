#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "otatool/delta/patch.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/gzip/validate.hpp"
#include "otatool/signing/signed_image.hpp"

#include "app/release/merged_image.hpp"
#include "app/release/verification.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/images/info_report.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kInfoExamples = {
    Example{"otatool info firmware.bin", "the kind of the file and its problems"},
    Example{"otatool info firmware.bin.gz --layout 1m64 --current old.bin",
            "also whether it fits on the device"},
    Example{"otatool info firmware.bin.signed --pubkey public.key",
            "also whether the signature verifies"},
    Example{"otatool info factory.bin --extract app -o app.bin",
            "writes the app that can be uploaded"},
    Example{"otatool info --list-layouts", "the flash layouts of the ESP8266"},
};

constexpr std::array kInfoOptions = {
    kLayoutOption,
    kCurrentOption,
    Option{.name = "extract",
           .value = "app",
           .help = "write the app of a merged ESP32 image to the file of --output"},
    Option{.name = "output", .letter = 'o', .value = "FILE", .help = "the file for --extract"},
    Option{.name = "list-layouts", .help = "show all flash layouts and exit"},
    Option{.name = "pubkey", .value = "KEY", .help = "verify the signature with this public key"},
    kPassphraseFileOption,
};

std::optional<std::string> sketch_md5(const app::ExaminedFile& file) {
  const image::ImageFacts& sketch = file.examined.payload();
  if (!image::is_uploadable_firmware(sketch.kind) || sketch.image_size == 0) {
    return std::nullopt;
  }
  const Bytes bytes =
      file.examined.content ? Bytes(file.examined.content_bytes) : Bytes(file.bytes);
  return espota::md5_hex(bytes.first(static_cast<std::size_t>(sketch.image_size)));
}

std::vector<std::string> key_fingerprints(const image::ImageFacts& facts) {
  std::vector<std::string> fingerprints;
  for (const image::EmbeddedKey& embedded : facts.keys) {
    const auto key = signing::PublicKey::load(as_bytes(embedded.pem));
    fingerprints.push_back(key ? to_hex(key->fingerprint()) : std::string());
  }
  return fingerprints;
}

Result<SignatureCheck> check_signature(Invocation& invocation,
                                       const std::string& key_path,
                                       const app::ExaminedFile& file) {
  TRY(const auto key, load_public_key(invocation, key_path));
  const signing::Verification verification = app::verify(file, key);
  return SignatureCheck{
      verification.valid,
      verification.form ? std::string(to_string(*verification.form)) : std::string(),
      verification.problem ? verification.problem->message() : std::string(),
      fingerprint_of(key),
      key.name(),
      key.bits(),
      verification.form == SignatureForm::Esp32 &&
          signing::is_misread_by_esp32(verification.payload_size, verification.hash)};
}

/// A sketch that contains a public key accepts its next update only with that key.
void compare_keys(InfoReport& report) {
  for (const std::string& fingerprint : report.key_fingerprints) {
    if (!fingerprint.empty() && fingerprint != report.signature->key_fingerprint) {
      report.problems.push_back(
          {image::Level::Warning,
           "other-key-embedded",
           fmt::format("the image contains another public key, {:.16}: if the "
                       "sketch verifies with it, the next update needs that "
                       "key",
                       fingerprint)});
    }
  }
}

void warn_of_misread_hash(InfoReport& report) {
  if (report.signature->misread) {
    report.problems.push_back(
        {image::Level::Warning,
         "signature-hash-length",
         "an ESP32 computes the SHA-384 or SHA-512 of this length wrongly and "
         "refuses the image"});
  }
}

std::optional<bool> unpacks_in_place(const app::ExaminedFile& file, const app::TargetSpace& space) {
  if (!space.current_size || !file.examined.package || !file.examined.package->valid()) {
    return std::nullopt;
  }
  const gzip::PackageReport package = gzip::inspect_package(file.payload());
  return gzip::unpacks_in_place(package.facts, static_cast<std::size_t>(*space.current_size));
}

/// The updater of the core compares the flash size in the header of a raw image with the chip's. It
/// cannot do that for a package (2.6), so Fit does.
void compare_flash_sizes(InfoReport& report) {
  const image::ImageFacts& file = report.file.examined.file;
  if (!report.space.layout || file.kind != image::Kind::Esp8266Arduino) {
    return;
  }
  const auto claimed = file.parts.front().flash.size_bytes;
  if (claimed && *claimed > report.space.layout->flash_size) {
    report.problems.push_back(
        {image::Level::Warning,
         "flash-size-layout",
         fmt::format("the header names {} KiB of flash and the layout has {}: a chip without more "
                     "flash refuses the image",
                     *claimed / 1024,
                     report.space.layout->flash_size / 1024)});
  }
}

Result<void> check_space(InfoReport& report) {
  const image::Examined& examined = report.file.examined;
  if (report.space.layout && image::is_esp32_family(examined.payload().chip)) {
    return fail(Errc::WrongKind,
                fmt::format("the flash layouts are those of the ESP8266, and '{}' is for {}",
                            report.file.path,
                            image::to_string(examined.payload().chip)));
  }
  report.fit = app::fit_in(report.space, examined, report.file.bytes.size());
  report.unpacks_in_place = unpacks_in_place(report.file, report.space);
  compare_flash_sizes(report);
  if (report.fit && !report.fit->fits()) {
    report.problems.insert(report.problems.begin(),
                           {image::Level::Error, "does-not-fit", report.fit->reason});
  }
  return {};
}

Result<InfoReport> make_report(Invocation& invocation) {
  TRY(auto space, target_space(invocation));
  TRY(auto file, app::examine_file(invocation.arguments()[0]));
  InfoReport report;
  report.file = std::move(file);
  report.space = space;
  report.problems = image::problems(report.file.examined);
  report.md5 = espota::md5_hex(report.file.bytes);
  report.sha256 = espota::sha256_hex(report.file.bytes);
  report.sketch_md5 = sketch_md5(report.file);
  if (report.file.examined.file.kind == image::Kind::Delta) {
    report.patch = delta::read_facts(report.file.bytes, {espota::sha256_hex, espota::md5_hex});
  }
  report.key_fingerprints = key_fingerprints(report.file.examined.payload());
  if (const auto key_path = invocation.value("pubkey")) {
    TRY(auto check, check_signature(invocation, *key_path, report.file));
    report.signature = std::move(check);
    compare_keys(report);
    warn_of_misread_hash(report);
  }
  TRY_VOID(check_space(report));
  return report;
}

/// A report with problems is a success; only a failed check of signature or space is not.
int answer(const InfoReport& report) {
  if (report.signature && !report.signature->valid) {
    return kBadSignatureOrKey;
  }
  return report.fit && !report.fit->fits() ? kBadInput : kSuccess;
}

/// Writes the app of a merged image instead of a report.
Result<int> extract_app(Invocation& invocation) {
  Messages& messages = invocation.messages();
  OptionReader read(invocation);
  const bool app_part = read.choice<bool>("extract", {{"app", true}}, true);
  const auto output = read.text("output");
  TRY_VOID(read.finish());
  if (!app_part || !output) {
    return fail(Errc::Usage, "no --output is given");
  }
  if (*output == "-" && messages.json()) {
    return fail(Errc::Usage, "--json and `-o -` cannot be used together");
  }
  TRY(const auto file, app::examine_file(invocation.arguments().front()));
  TRY(const Bytes content, app::app_of(file));
  TRY_VOID(files::write_file({.path = *output, .content = content}));
  const std::string line = fmt::format("{}: {} bytes", *output, content.size());
  *output == "-" ? messages.note(line) : messages.result(line);
  messages.json_document(
      {{"schema", 1}, {"file", file.path}, {"output", *output}, {"size", content.size()}});
  return kSuccess;
}

Result<int> run_info(Invocation& invocation) {
  Messages& messages = invocation.messages();
  if (invocation.flag("list-layouts")) {
    messages.result_lines(layouts_text(messages.result_width()));
    messages.json_document(layouts_json());
    return kSuccess;
  }
  if (invocation.arguments().empty()) {
    return fail(Errc::Usage, "no FILE is given");
  }
  if (invocation.flag("extract")) {
    return extract_app(invocation);
  }
  if (invocation.origin("output") == Origin::CommandLine) {
    return fail(Errc::Usage, "--output requires --extract");
  }
  TRY(const auto report, make_report(invocation));
  messages.result_lines(info_text(report, messages.result_width()));
  messages.json_document(info_json(report));
  return answer(report);
}

}  // namespace

const Command kInfoCommand = {
    .name = "info",
    .summary = "show what a file is and its problems",
    .arguments = "FILE",
    .examples = kInfoExamples,
    .options = kInfoOptions,
    .run = run_info,
    .max_arguments = 1,
};

}  // namespace otatool::cli
