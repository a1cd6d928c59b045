#include "cli/images/gzip_report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "otatool/espota/digest.hpp"
#include "otatool/gzip/air_time.hpp"
#include "otatool/image/problems.hpp"

#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

using nlohmann::json;

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// `3.2 s at 20 KB/s, 1.6 s at 40 KB/s, 0.8 s at 80 KB/s`
std::string air_times(std::uint64_t size) {
  std::string text;
  for (const gzip::AirRate& rate : gzip::kAirRates) {
    text += fmt::format("{}{:.1f} s at {} KB/s",
                        text.empty() ? "" : ", ",
                        gzip::time_on_air(size, rate).count(),
                        rate.bytes_per_second / 1000);
  }
  return text;
}

json air_time_json(std::uint64_t packed, std::uint64_t unpacked) {
  json times = json::array();
  for (const gzip::AirRate& rate : gzip::kAirRates) {
    times.push_back({{"bytes_per_second", rate.bytes_per_second},
                     {"seconds", gzip::time_on_air(packed, rate).count()},
                     {"unpacked_seconds", gzip::time_on_air(unpacked, rate).count()}});
  }
  return times;
}

std::string fit_line(const app::TargetSpace& space, const image::Fit& fit) {
  if (fit.filesystem) {
    return fmt::format("fits {}: the filesystem area has {} bytes", space.layout->name, fit.staged);
  }
  return fmt::format("fits {}: {} + {} of {} bytes while staged{}{}",
                     space.layout->name,
                     fit.current,
                     fit.staged,
                     fit.available,
                     fit.inflated ? fmt::format(", {} unpacked", *fit.inflated) : "",
                     space.current_size ? "" : " (running sketch unknown)");
}

std::optional<bool> unpacks_in_place(const PackageInSpace& in_space,
                                     const gzip::PackageFacts& facts) {
  if (!in_space.space.current_size) {
    return std::nullopt;
  }
  return gzip::unpacks_in_place(facts, static_cast<std::size_t>(*in_space.space.current_size));
}

void warn_of_web_form(Messages& messages,
                      const PackageInSpace& in_space,
                      const gzip::PackageFacts& facts) {
  if (unpacks_in_place(in_space, facts) == false) {
    messages.warning(
        fmt::format("not for the web form of a device with a sketch of {} bytes: the loader would "
                    "overwrite the package before reading it",
                    *in_space.space.current_size));
  }
}

json space_json(const PackageInSpace& in_space, const gzip::PackageFacts& facts) {
  json object = {{"fit", nullptr}, {"unpacks_in_place", nullptr}};
  if (in_space.fit) {
    object["fit"] = fit_json(in_space.space, *in_space.fit);
  }
  if (const auto in_place = unpacks_in_place(in_space, facts)) {
    object["unpacks_in_place"] = *in_place;
  }
  return object;
}

json mode_json(const std::optional<image::FlashMode>& mode) {
  return mode ? json(image::to_string(*mode)) : json(nullptr);
}

json packed_json(const Packed& packed) {
  const std::uint64_t size = packed.package.size();
  const bool by_zopfli = packed.options.compressor == gzip::Compressor::Zopfli;
  json document = {{"schema", 1},
                   {"file", packed.input},
                   {"output", packed.output},
                   {"size", packed.image_size},
                   {"packed_size", size},
                   {"compressor", by_zopfli ? "zopfli" : "libdeflate"},
                   {"level", by_zopfli ? json(nullptr) : json(packed.options.level)},
                   {"flash_mode", mode_json(packed.new_mode ? packed.new_mode : packed.old_mode)},
                   {"flash_mode_before", mode_json(packed.old_mode)},
                   {"md5", espota::md5_hex(packed.package)},
                   {"sha256", espota::sha256_hex(packed.package)},
                   {"air_times", air_time_json(size, packed.image_size)}};
  document.update(space_json(packed.in_space, packed.facts));
  return document;
}

json checked_json(const app::ExaminedFile& file,
                  const gzip::PackageFacts& facts,
                  const PackageInSpace& in_space) {
  const image::ImageFacts& content = file.examined.payload();
  json problems = json::array();
  for (const image::Problem& problem : image::problems(file.examined)) {
    problems.push_back({{"level", image::to_string(problem.level)},
                        {"code", problem.code},
                        {"message", problem.message}});
  }
  json document = {
      {"schema", 1},
      {"file", file.path},
      {"valid", true},
      {"size", file.bytes.size()},
      {"package_size", facts.member_length},
      {"content_size", facts.content_length},
      {"aligned", facts.member_length % gzip::kPackageAlignment == 0},
      {"signed", file.examined.file.signature.has_value()},
      {"crc", fmt::format("{:08x}", facts.content_crc)},
      {"name", facts.name.empty() ? json(nullptr) : json(facts.name)},
      {"modified", facts.modification_time == 0 ? json(nullptr) : json(facts.modification_time)},
      {"kind", image::to_string(content.kind)},
      {"chip", image::to_string(content.chip)},
      {"findings", std::move(problems)}};
  document.update(space_json(in_space, facts));
  return document;
}

}  // namespace

void report_packed(Messages& messages, const Packed& packed) {
  const bool to_stdout = packed.output == "-";
  const auto say = [&messages, to_stdout](const std::string& line) {
    to_stdout ? messages.note(line) : messages.result(line);
  };
  const std::uint64_t size = packed.package.size();
  const auto saved = static_cast<std::int64_t>(packed.image_size) - static_cast<std::int64_t>(size);
  say(fmt::format("{}: {} bytes, {:.1f} % of {}: saves {}",
                  to_stdout ? "package" : packed.output,
                  size,
                  percent(size, packed.image_size),
                  packed.image_size,
                  saved));
  say("on air: " + air_times(size));
  say("the image itself: " + air_times(packed.image_size));
  if (packed.in_space.fit) {
    say(fit_line(packed.in_space.space, *packed.in_space.fit));
  }
  if (packed.new_mode && packed.old_mode) {
    say(fmt::format("FLASH MODE CHANGED from {} to {}",
                    image::to_string(*packed.old_mode),
                    image::to_string(*packed.new_mode)));
  }
  if (saved <= 0) {
    messages.warning("the package is not smaller than the image");
  }
  warn_of_web_form(messages, packed.in_space, packed.facts);
  messages.json_document(packed_json(packed));
}

void report_checked(Messages& messages,
                    const app::ExaminedFile& file,
                    const gzip::PackageFacts& facts,
                    const PackageInSpace& in_space) {
  messages.result(fmt::format("{}: valid: {} bytes unpack to {}{}",
                              file.path,
                              facts.member_length,
                              facts.content_length,
                              file.examined.file.signature ? ", followed by a signature" : ""));
  messages.result(fmt::format("content: {}", image::describe(file.examined.payload().kind)));
  if (in_space.fit) {
    messages.result(fit_line(in_space.space, *in_space.fit));
  }
  if (facts.member_length % gzip::kPackageAlignment != 0 && !file.examined.file.signature) {
    messages.result("note: the length is not a multiple of 4; signing repacks the package");
  }
  for (const image::Problem& problem : image::problems(file.examined)) {
    messages.result(fmt::format("{}: {}", image::to_string(problem.level), problem.message));
  }
  warn_of_web_form(messages, in_space, facts);
  messages.json_document(checked_json(file, facts, in_space));
}

}  // namespace otatool::cli
