#include "firmware/tools/elf2image/arguments.hpp"

#include <array>
#include <cstddef>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace otatool::elf2image {
namespace {

template <typename Value, std::size_t N>
using Choices = std::array<std::pair<std::string_view, Value>, N>;

constexpr Choices<FlashMode, 4> kModes = {{{"qio", FlashMode::Qio},
                                           {"qout", FlashMode::Qout},
                                           {"dio", FlashMode::Dio},
                                           {"dout", FlashMode::Dout}}};
constexpr Choices<FlashSize, 6> kSizes = {{{"512K", FlashSize::KiB512},
                                           {"1M", FlashSize::MiB1},
                                           {"2M", FlashSize::MiB2},
                                           {"4M", FlashSize::MiB4},
                                           {"8M", FlashSize::MiB8},
                                           {"16M", FlashSize::MiB16}}};
constexpr Choices<FlashFrequency, 4> kFrequencies = {{{"20", FlashFrequency::MHz20},
                                                      {"26", FlashFrequency::MHz26},
                                                      {"40", FlashFrequency::MHz40},
                                                      {"80", FlashFrequency::MHz80}}};

template <typename Value, std::size_t N>
bool choose(const Choices<Value, N>& choices, std::string_view word, Value& chosen) {
  for (const auto& [name, value] : choices) {
    if (name == word) {
      chosen = value;
      return true;
    }
  }
  return false;
}

enum class Outcome { Taken, BadValue, UnknownOption };

Outcome take(Arguments& arguments, std::string_view option, std::string_view value) {
  const auto outcome = [](bool taken) { return taken ? Outcome::Taken : Outcome::BadValue; };
  if (option == "--loader") {
    arguments.loader = value;
  } else if (option == "--app") {
    arguments.application = value;
  } else if (option == "-o") {
    arguments.output = value;
  } else if (option == "--flash-mode") {
    return outcome(choose(kModes, value, arguments.flash.mode));
  } else if (option == "--flash-size") {
    return outcome(choose(kSizes, value, arguments.flash.size));
  } else if (option == "--flash-freq") {
    return outcome(choose(kFrequencies, value, arguments.flash.frequency));
  } else {
    return Outcome::UnknownOption;
  }
  return outcome(!value.empty());
}

}  // namespace

const std::string_view kUsage =
    "usage: elf2image --loader ELF --app ELF -o IMAGE\n"
    "                 [--flash-mode qio|qout|dio|dout] [--flash-size 512K|1M|2M|4M|8M|16M]\n"
    "                 [--flash-freq 20|26|40|80]\n"
    "Puts a loader and an application into one ESP8266 image (defaults: dio, 4M, 40).\n";

Result<Arguments> read_arguments(std::span<const std::string_view> words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (words[i] == "--help" || words[i] == "-h") {
      arguments.help = true;
      return arguments;
    }
    const std::string_view value = i + 1 < words.size() ? words[i + 1] : std::string_view();
    switch (take(arguments, words[i], value)) {
      case Outcome::Taken:
        break;
      case Outcome::BadValue:
        return fail(Errc::Usage, fmt::format("'{}' cannot take '{}'", words[i], value));
      case Outcome::UnknownOption:
        return fail(Errc::Usage, fmt::format("unknown option '{}'", words[i]));
    }
  }
  if (arguments.loader.empty() || arguments.application.empty() || arguments.output.empty()) {
    return fail(Errc::Usage, "loader, application and output are all needed");
  }
  return arguments;
}

}  // namespace otatool::elf2image
