#include "cli/upload/check_hints.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <set>
#include <string_view>

#include "otatool/ascii.hpp"

namespace otatool::cli {
namespace {

using image::UploadCheck;
using image::UploadProblem;

struct CheckHint {
  UploadCheck check;
  std::string_view remedy;
  std::string_view risk;  ///< of an override; empty: --force is not the way
};
constexpr std::string_view kMayNotStart = "the device may not start again";
constexpr std::array kCheckHints = {
    CheckHint{UploadCheck::EmptyFile,
              "the build or the download of the image failed: give a file with content",
              ""},
    CheckHint{UploadCheck::NotAnImage,
              "upload the .bin file of the build (Export Compiled Binary in the Arduino IDE, "
              ".pio/build in PlatformIO)",
              kMayNotStart},
    CheckHint{UploadCheck::NotAnApp,
              "upload the app of the build (firmware.bin), not its bootloader or partition table",
              kMayNotStart},
    CheckHint{UploadCheck::MergedImage,
              "upload the app of the build (firmware.bin), not the image of the whole flash",
              kMayNotStart},
    CheckHint{UploadCheck::Damaged, "build or download the image again", kMayNotStart},
    CheckHint{
        UploadCheck::WrongChip,
        "build the image for the chip of the device, or check the address (see 'Wrong chip' in "
        "otatool-troubleshooting(7))",
        "it can brick the device"},
    CheckHint{
        UploadCheck::FilesystemCommand, "--fs is for filesystem images, and only for them", ""},
    CheckHint{UploadCheck::GzipToEsp32,
              "upload the image without gzip",
              "an ESP32 refuses it after the transfer"},
    CheckHint{UploadCheck::GzipFilesystem,
              "upload the filesystem without gzip, or use --atomic-fs if the running sketch was "
              "built with ATOMIC_FS_UPDATE",
              ""},
    CheckHint{UploadCheck::BrokenPackage,
              "pack the image again with 'otatool gzip'",
              "it can brick the device"},
    CheckHint{UploadCheck::PackageContent,
              "pack the .bin file of the build with 'otatool gzip'",
              kMayNotStart},
    CheckHint{UploadCheck::SignedPackage,
              "upload the package without a signature, or use --assume-verifier if the device "
              "verifies signatures",
              ""},
    CheckHint{UploadCheck::Signature,
              "sign the image with the key that the device verifies: --sign KEY",
              "the device refuses it after the transfer"},
    CheckHint{UploadCheck::Space,
              "use a smaller image, a gzip package (ESP8266) or a layout with more space (see '1 "
              "MB boards' "
              "in otatool-troubleshooting(7))",
              "the update fails or overwrites other data in the flash"},
    CheckHint{UploadCheck::ReleaseName,
              "upload the build that the device runs now",
              "another build may not know the hardware of the device"},
};

/// A remedy for a part of the reason. The first text that the reason contains counts.
struct ReasonRemedy {
  std::string_view text;
  std::string_view remedy;
};
constexpr std::array kSpaceRemedies = {
    ReasonRemedy{"filesystem area of",
                 "build the filesystem for the layout of the device: it must have exactly the size "
                 "of its area"},
    ReasonRemedy{"KiB of flash and",
                 "build the image for the flash size of the device (board settings)"},
    ReasonRemedy{"fit no flash layout",
                 "upload the app of the build (firmware.bin), not a copy of the whole flash"},
    ReasonRemedy{"partition",
                 "make the image smaller, or choose a partition scheme with a larger partition"},
};

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

/// The file for updates that ESPHome makes beside `path`; empty if `path` is not its image of the
/// whole flash (esphome-ota.md 8).
std::string ota_file_of(const std::string& path) {
  constexpr std::string_view kFactory = ".factory.bin";
  return path.ends_with(kFactory) ? path.substr(0, path.size() - kFactory.size()) + ".ota.bin"
                                  : std::string();
}

/// `text` as one word of a shell command.
std::string shell_word(const std::string& text) {
  const bool plain = std::ranges::all_of(text, [](unsigned char letter) {
    return std::isalnum(letter) != 0 ||
           std::string_view("._-/+=@%:,").find(static_cast<char>(letter)) != std::string_view::npos;
  });
  if (plain) {
    return text;
  }
  std::string word = "'";
  for (const char letter : text) {
    word += letter == '\'' ? "'\\''" : std::string(1, letter);
  }
  return word + "'";
}

std::string local_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                     fmt::localtime(std::chrono::system_clock::to_time_t(time)));
}

/// A remedy for this file, where the general one of the check says too little.
std::string special_remedy(const std::string& path, const UploadProblem& refusal) {
  const std::string ota_file = ota_file_of(path);
  if (refusal.check == UploadCheck::MergedImage && !ota_file.empty()) {
    return fmt::format("upload {}, the file for updates of the same build", ota_file);
  }
  const std::string extension = lower_case(std::filesystem::path(path).extension().string());
  if (refusal.check == UploadCheck::NotAnImage && extension == ".ino") {
    return "this is source code: use Export Compiled Binary in the Arduino IDE and upload the .bin "
           "file";
  }
  if (refusal.check == UploadCheck::NotAnImage && extension == ".zip") {
    return "unpack the archive and upload the .bin file in it";
  }
  if (refusal.check == UploadCheck::MergedImage && path != "-") {
    return fmt::format(
        "take the app out with 'otatool info {} --extract app -o app.bin' and "
        "upload app.bin",
        shell_word(path));
  }
  if (refusal.error.code() == Errc::NotSigned) {
    const std::string signed_path = path + ".signed";
    return exists(signed_path) ? fmt::format("upload {}, or sign with --sign KEY", signed_path)
                               : "sign with --sign KEY, or upload the .signed file of the build";
  }
  if (refusal.check == UploadCheck::Space) {
    const auto found = std::ranges::find_if(kSpaceRemedies, [&refusal](const ReasonRemedy& each) {
      return refusal.error.message().find(each.text) != std::string::npos;
    });
    return std::string(found == kSpaceRemedies.end() ? std::string_view() : found->remedy);
  }
  return {};
}

std::string force_options(std::span<const UploadProblem> problems) {
  std::set<UploadCheck> seen;
  std::string options;
  for (const UploadProblem& refusal : problems) {
    if (seen.insert(refusal.check).second) {
      options += fmt::format("--force {} ", image::to_string(refusal.check));
    }
  }
  return options;
}

}  // namespace

std::string problem_hint(const std::string& path, std::span<const UploadProblem> problems) {
  const UploadProblem& first = problems.front();
  const CheckHint& hint = *std::ranges::find(kCheckHints, first.check, &CheckHint::check);
  std::string text = special_remedy(path, first);
  if (text.empty()) {
    text = hint.remedy;
  }
  if (!hint.risk.empty()) {
    text += fmt::format("; {}sends it anyway, but {}", force_options(problems), hint.risk);
  }
  return text;
}

std::string named_check_hint(const Error& error) {
  const std::string& message = error.message();
  const std::size_t open = message.rfind('(');
  if (open == std::string::npos || !message.ends_with(')')) {
    return {};
  }
  const auto check = image::upload_check_of_name(
      std::string_view(message).substr(open + 1, message.size() - open - 2));
  if (!check) {
    return {};
  }
  const std::array problems = {UploadProblem{*check, error}};
  return problem_hint({}, problems);
}

std::string older_build_warning(const std::string& path, const app::SignedFile& signed_file) {
  return fmt::format(
      "sending {} of {}, not {} of {}, which is of an older build. Sign the new one with "
      "'otatool sign {} --key KEY'",
      path,
      local_time(signed_file.image_written),
      signed_file.path,
      local_time(signed_file.written),
      shell_word(path));
}

}  // namespace otatool::cli
