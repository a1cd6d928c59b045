#include <array>
#include <fmt/format.h>
#include <string>
#include <utility>

#include "otatool/image/flash_patch.hpp"
#include "otatool/image/upload_check.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/images/gzip_report.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_options.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kGzipExamples = {
    Example{"otatool gzip firmware.bin", "writes firmware.bin.gz"},
    Example{"otatool gzip firmware.bin --level zopfli -o small.gz", "slower and slightly smaller"},
    Example{"otatool gzip firmware.bin --layout 1m64 --current old.bin",
            "only if it fits on the device"},
    Example{"otatool gzip --check firmware.bin.gz", "checks whether a device can unpack it"},
};

constexpr std::array kGzipOptions = {
    Option{.name = "output", .letter = 'o', .value = "OUT", .help = "the package (IMAGE.gz)"},
    Option{.name = "check", .help = "check an existing package"},
    Option{.name = "level", .value = "N|zopfli", .help = "effort from 1 to 12, or zopfli (12)"},
    Option{.name = "flash-mode",
           .value = "keep|qio|qout|dio|dout",
           .help = "first write this mode into the image and correct its CRC"},
    Option{.name = "fs",
           .help = "the image is a filesystem, for sketches built with ATOMIC_FS_UPDATE"},
    kLayoutOption,
    kCurrentOption,
};

constexpr std::string_view kZopfli = "zopfli";

gzip::PackOptions pack_options(OptionReader& read) {
  gzip::PackOptions options;
  if (read.text("level") == kZopfli) {
    options.compressor = gzip::Compressor::Zopfli;
    return options;
  }
  const Limits<unsigned> limits{gzip::kSmallestLevel, gzip::kLargestLevel};
  options.level = static_cast<int>(read.number<unsigned>("level", limits, gzip::kLargestLevel));
  return options;
}

struct PackRequest {
  gzip::PackOptions options;
  std::optional<image::FlashMode> mode;
  app::TargetSpace space;
  bool filesystem = false;
};

/// Reads all options before any input.
Result<PackRequest> pack_request(Invocation& invocation) {
  OptionReader read(invocation);
  PackRequest request;
  request.options = pack_options(read);
  request.mode = read_flash_mode(read);
  request.space = read.take(target_space(invocation));
  request.filesystem = read.flag("fs");
  return read.finish(std::move(request));
}

std::string output_of(const Invocation& invocation, const std::string& input) {
  if (const auto given = invocation.value("output")) {
    return *given;
  }
  return input == "-" ? input : input + ".gz";
}

/// The first problem of the file for an ESP8266, packed or not.
Result<void> check_usable(const app::ExaminedFile& file, bool filesystem) {
  image::UploadIntent intent;
  intent.family = ChipFamily::Esp8266;
  intent.filesystem = filesystem;
  intent.atomic_fs = filesystem;
  intent.verifier_known = true;
  const auto problems = image::check_upload(file.examined, intent);
  if (!problems.empty()) {
    return fail(problems.front().error);
  }
  return {};
}

Result<void> check_packable(const app::ExaminedFile& file, bool filesystem) {
  if (file.examined.file.kind == image::Kind::Gzip) {
    return fail(Errc::WrongKind, "this is already a gzip package");
  }
  const auto& signature = file.examined.file.signature;
  if (signature && signature->certain) {
    return fail(Errc::AlreadySigned,
                "the image is signed, and a device does not look for a signature inside a package");
  }
  if (image::is_esp32_family(file.examined.file.chip)) {
    return fail(Errc::WrongKind,
                fmt::format("the image is for {}, which does not unpack packages",
                            image::to_string(file.examined.file.chip)));
  }
  return check_usable(file, filesystem);
}

/// Checks whether `package` fits into the layout beside the running sketch.
Result<PackageInSpace> check_space(const app::TargetSpace& space, Bytes package, bool filesystem) {
  const image::Examined examined = app::examine_bytes(package);
  auto fit = app::fit_in(space, examined, package.size(), filesystem);
  if (fit && !fit->fits()) {
    return fail(Errc::DoesNotFit, fit->reason);
  }
  return PackageInSpace{space, std::move(fit)};
}

/// The image with the requested flash mode; stores both modes in `packed`.
Result<std::vector<std::uint8_t>> image_to_pack(const std::optional<image::FlashMode>& mode,
                                                const app::ExaminedFile& file,
                                                Packed& packed) {
  const image::ImageFacts& facts = file.examined.file;
  if (!facts.parts.empty()) {
    packed.old_mode = facts.parts.front().flash.mode;
  }
  if (!mode || mode == packed.old_mode) {
    return file.bytes;
  }
  packed.new_mode = mode;
  return image::set_flash_mode(file.bytes, facts, *mode);
}

/// The result without the file names.
Result<Packed> pack_image(const PackRequest& request, const app::ExaminedFile& file) {
  Packed packed;
  packed.options = request.options;
  TRY(const auto content, image_to_pack(request.mode, file, packed));
  packed.image_size = content.size();
  auto package = gzip::pack(content, request.options);
  if (!package) {
    return fail(package.error());
  }
  auto checked = gzip::check_package(*package);
  if (!checked || checked->content != content) {
    return fail(Errc::Internal, "the package does not unpack to the image");
  }
  TRY(auto in_space, check_space(request.space, *package, request.filesystem));
  packed.facts = std::move(checked->facts);
  packed.package = std::move(*package);
  packed.in_space = std::move(in_space);
  return packed;
}

Result<int> run_pack(Invocation& invocation) {
  const std::string& input = invocation.arguments().front();
  const std::string output = output_of(invocation, input);
  if (output == "-" && invocation.messages().json()) {
    return fail(Errc::Usage, "--json and `-o -` cannot be used together");
  }
  TRY(const auto request, pack_request(invocation));
  TRY(const auto file, app::examine_file(input));
  if (const auto packable = check_packable(file, request.filesystem); !packable) {
    return fail(packable.error().with_context(input));
  }
  auto packed = pack_image(request, file);
  if (!packed) {
    return fail(packed.error().with_context(input));
  }
  packed->input = input;
  packed->output = output;
  files::OutputFile target;
  target.path = output;
  target.content = packed->package;
  TRY_VOID(files::write_file(target));
  report_packed(invocation.messages(), *packed);
  return kSuccess;
}

Result<int> run_check(Invocation& invocation) {
  for (const std::string_view unused : {"output", "level", "flash-mode"}) {
    if (invocation.origin(unused) == Origin::CommandLine) {
      return fail(Errc::Usage, fmt::format("option '--{}' cannot be used with --check", unused));
    }
  }
  TRY(const auto space, target_space(invocation));
  TRY(const auto file, app::examine_file(invocation.arguments().front()));
  const auto checked = gzip::check_package(file.payload());
  if (!checked) {
    return fail(checked.error().with_context(file.path));
  }
  const bool filesystem = image::is_filesystem(file.examined.payload().kind);
  if (const auto usable = check_usable(file, filesystem); !usable) {
    return fail(usable.error().with_context(file.path));
  }
  auto in_space = check_space(space, file.bytes, filesystem);
  if (!in_space) {
    return fail(in_space.error().with_context(file.path));
  }
  report_checked(invocation.messages(), file, checked->facts, *in_space);
  return kSuccess;
}

Result<int> run_gzip(Invocation& invocation) {
  return invocation.flag("check") ? run_check(invocation) : run_pack(invocation);
}

}  // namespace

const Command kGzipCommand = {
    .name = "gzip",
    .summary = "pack an image for the loader of the ESP8266, or check a package",
    .arguments = "IMAGE",
    .examples = kGzipExamples,
    .options = kGzipOptions,
    .run = run_gzip,
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace otatool::cli
