#include "cli/compat/espota_arguments.hpp"

#include <array>
#include <climits>
#include <fmt/format.h>
#include <getopt.h>

#include "otatool/number.hpp"

namespace otatool::cli {
namespace {

// Values of long options that have no letter.
constexpr int kChip = 256;
constexpr int kNoSigned = 257;
constexpr int kForce = 258;

constexpr int kStray =
    1;  ///< getopt's value for a word that is no option, because of the `-` below

/// The leading `-` keeps getopt from reordering words, whatever POSIXLY_CORRECT says.
constexpr char kEspotaLetters[] = "-:hi:I:p:P:a:f:sdrt:m";

constexpr std::array kEspotaLongOptions = {
    option{"help", no_argument, nullptr, 'h'},
    option{"ip", required_argument, nullptr, 'i'},
    option{"host_ip", required_argument, nullptr, 'I'},
    option{"port", required_argument, nullptr, 'p'},
    option{"host_port", required_argument, nullptr, 'P'},
    option{"auth", required_argument, nullptr, 'a'},
    option{"file", required_argument, nullptr, 'f'},
    // `--f` means `file` in espota.py; without this entry `force` would make it ambiguous.
    option{"f", required_argument, nullptr, 'f'},
    option{"spiffs", no_argument, nullptr, 's'},
    option{"debug", no_argument, nullptr, 'd'},
    option{"progress", no_argument, nullptr, 'r'},
    option{"timeout", required_argument, nullptr, 't'},
    option{"md5-target", no_argument, nullptr, 'm'},
    option{"chip", required_argument, nullptr, kChip},
    option{"no-signed", no_argument, nullptr, kNoSigned},
    option{"force", required_argument, nullptr, kForce},
    option{nullptr, 0, nullptr, 0},
};

constexpr std::array kEspotaOptions = {
    Option{
        .name = "ip", .letter = 'i', .value = "ADDRESS", .help = "address or name of the device"},
    Option{.name = "port", .letter = 'p', .value = "PORT", .help = "UDP port of the device"},
    Option{.name = "host_ip", .letter = 'I', .value = "IP", .help = "local address to use"},
    Option{.name = "host_port",
           .letter = 'P',
           .value = "PORT",
           .help = "local TCP port for the device's connection"},
    Option{.name = "auth", .letter = 'a', .value = "PASSWORD", .help = "password"},
    Option{.name = "file", .letter = 'f', .value = "IMAGE", .help = "file to upload"},
    Option{.name = "spiffs", .letter = 's', .help = "IMAGE is a filesystem image"},
    Option{.name = "debug", .letter = 'd', .help = "show the messages on the wire"},
    Option{.name = "progress", .letter = 'r', .help = "show a progress bar"},
    Option{.name = "timeout",
           .letter = 't',
           .value = "SECONDS",
           .help = "time for each of ten invitations"},
    Option{.name = "md5-target",
           .letter = 'm',
           .help = "the device stores an MD5 hash of its password"},
    Option{.name = "chip", .value = "auto|esp8266|esp32", .help = "chip of the device"},
    Option{.name = "no-signed", .help = "upload IMAGE even if IMAGE.signed exists"},
    Option{.name = "force",
           .value = "CHECK",
           .help = "upload although this check refuses the image",
           .repeatable = true},
    Option{.name = "help", .letter = 'h', .help = "show help"},
};

template <typename Number>
Result<Number> take_whole_number(std::string_view text, std::string_view what) {
  const auto number = parse_number<Number>(text);
  return number ? Result<Number>(*number)
                : fail(Errc::Usage, fmt::format("'{}' is not a {}", text, what));
}

/// The IDE passes its placeholder on if the device announced no port (espota.md 4.2).
bool is_unsubstituted(std::string_view text) {
  return text.starts_with('{') && text.ends_with('}');
}

Result<void> take_port(std::string_view text, EspotaArguments& out) {
  if (is_unsubstituted(text)) {
    out.warnings.push_back(fmt::format(
        "'{}' is not a port but a placeholder of the IDE; the default ports are used", text));
    return {};
  }
  TRY(const auto port, take_whole_number<std::uint16_t>(text, "port"));
  if (port != 0) {
    out.port = port;
  }
  return {};
}

Result<void> take_chip(std::string_view text, EspotaArguments& out) {
  if (text == "esp8266") {
    out.chip = ChipFamily::Esp8266;
  } else if (text == "esp32") {
    out.chip = ChipFamily::Esp32;
  } else if (text != "auto") {
    return fail(Errc::Usage, fmt::format("'{}' is not one of auto, esp8266, esp32", text));
  }
  return {};
}

Result<void> take_check(std::string_view name, EspotaArguments& out) {
  const std::optional<image::UploadCheck> check = image::upload_check_of_name(name);
  if (!check) {
    return fail(Errc::Usage, fmt::format("unknown check '{}'", name));
  }
  out.overridden.insert(*check);
  return {};
}

Result<void> take_number(int letter, std::string_view text, EspotaArguments& out) {
  if (letter == 'P') {
    TRY(const auto port, take_whole_number<std::uint16_t>(text, "port"));
    out.host_port = port;
    return {};
  }
  TRY(const auto seconds, take_whole_number<std::uint16_t>(text, "number of seconds"));
  out.timeout = std::chrono::seconds(seconds);
  return {};
}

void take_flag(int letter, EspotaArguments& out) {
  switch (letter) {
    case 'h':
      out.help = true;
      break;
    case 's':
      out.filesystem = true;
      break;
    case 'd':
      out.debug = true;
      break;
    case 'r':
      out.progress = true;
      break;
    case 'm':
      out.md5_target = true;
      break;
    default:
      out.prefer_signed = false;
      break;
  }
}

Result<void> take(int letter, const char* value, EspotaArguments& out) {
  switch (letter) {
    case 'i':
      out.address = value;
      return {};
    case 'I':
      out.host_address = value;
      return {};
    case 'a':
      out.password = value;
      return {};
    case 'f':
      out.file = value;
      return {};
    case 'p':
      return take_port(value, out);
    case kChip:
      return take_chip(value, out);
    case kForce:
      return take_check(value, out);
    case 'P':
    case 't':
      return take_number(letter, value, out);
    default:
      take_flag(letter, out);
      return {};
  }
}

/// The error for getopt's `?` or `:`. Does not quote a value, because it may be a password.
Error refusal(int letter, const char* last_word) {
  const std::string_view word = last_word;
  const std::string name(word.substr(0, word.find('=')));
  if (letter == ':') {
    const bool is_long = word.starts_with("--");
    return {Errc::Usage,
            fmt::format("option {} needs a value",
                        is_long ? name : fmt::format("-{}", static_cast<char>(optopt)))};
  }
  if (optopt == 0) {
    return {Errc::Usage, fmt::format("no such option, or more than one: {}", name)};
  }
  if (optopt > CHAR_MAX ||
      std::string_view(kEspotaLetters).find(static_cast<char>(optopt)) != std::string_view::npos) {
    return {Errc::Usage, fmt::format("option {} takes no value", name)};
  }
  return {Errc::Usage, fmt::format("no such option: -{}", static_cast<char>(optopt))};
}

/// Handles words that belong to no option; `places` counts from 1. Messages name only the place,
/// because the word may be a part of a password with blanks.
Result<void> check_stray_words(std::span<const int> places, EspotaArguments& out) {
  // The espota.py of the ESP8266 (optparse) ignores such words, that of the ESP32 (argparse) does
  // not.
  for (const int place : places) {
    if (out.chip == ChipFamily::Esp32) {
      return fail(Errc::Usage, fmt::format("argument {} belongs to no option", place));
    }
    out.warnings.push_back(
        fmt::format("argument {} belongs to no option and is ignored (a value with blanks needs "
                    "quotes)",
                    place));
  }
  return {};
}

}  // namespace

std::span<const Option> espota_options() {
  return kEspotaOptions;
}

Result<EspotaArguments> parse_espota_arguments(std::span<const std::string> arguments) {
  std::vector<std::string> words = {"espota"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);

  EspotaArguments out;
  std::vector<int> stray;
  optind = 0;  // makes glibc's getopt start again
  opterr = 0;
  const int count = static_cast<int>(words.size());
  for (;;) {
    const int letter =
        getopt_long(count, argv.data(), kEspotaLetters, kEspotaLongOptions.data(), nullptr);
    if (letter == -1) {
      break;
    }
    if (letter == '?' || letter == ':') {
      return tl::unexpected(refusal(letter, argv[static_cast<std::size_t>(optind) - 1]));
    }
    if (letter == kStray) {
      stray.push_back(optind - 1);
    } else if (const Result<void> taken = take(letter, optarg, out); !taken) {
      return fail(taken.error());
    }
  }
  for (; optind < count; ++optind) {
    stray.push_back(optind);
  }
  if (const Result<void> checked = check_stray_words(stray, out); !checked) {
    return fail(checked.error());
  }
  if (out.host_address == "0.0.0.0" || out.host_address == "::") {
    out.host_address.clear();
  }
  return out;
}

}  // namespace otatool::cli
