#include "cli/device/device_esphome_options.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

#include "otatool/bytes.hpp"
#include "otatool/esphome/encryption_key.hpp"

#include "cli/frame/option_reader.hpp"
#include "cli/frame/secrets.hpp"

namespace otatool::cli {
namespace {

using device::EsphomeProtocol;
using device::EsphomeStep;

constexpr std::array<std::string_view, 4> kEsphomeOnly = {
    "esphome-protocol", "encryption-key-file", "esphome-plain", "esphome-error"};

struct StepName {
  std::string_view name;
  EsphomeStep step;
};
constexpr std::array kStepNames = {
    StepName{"magic", EsphomeStep::Magic},
    StepName{"features", EsphomeStep::Features},
    StepName{"auth", EsphomeStep::Auth},
    StepName{"size", EsphomeStep::Size},
    StepName{"md5", EsphomeStep::Md5},
    StepName{"data", EsphomeStep::Data},
    StepName{"end", EsphomeStep::End},
};

constexpr std::uint8_t kFirstFault = 0x80;

Result<std::optional<device::EsphomeFault>> parse_fault(const std::string& text) {
  const std::size_t at = std::min(text.find('@'), text.size());
  const auto byte = from_hex(std::string_view(text).substr(0, at));
  const std::string_view name = std::string_view(text).substr(std::min(at + 1, text.size()));
  const auto step = std::ranges::find(kStepNames, name, &StepName::name);
  if (!byte || byte->size() != 1 || byte->front() < kFirstFault || step == kStepNames.end()) {
    return fail(Errc::Usage,
                fmt::format("'{}' is not an error from 80 to FF, "
                            "'@' and magic, features, auth, "
                            "size, md5, data or end",
                            text));
  }
  return device::EsphomeFault{byte->front(), step->step};
}

device::EsphomeOptions read_options(OptionReader& read, std::uint16_t port, ChipFamily chip) {
  using wire::AuthHash;
  device::EsphomeOptions esphome;
  esphome.port = port;
  esphome.protocol = read.choice("esphome-protocol",
                                 {{"1", EsphomeProtocol::Version1},
                                  {"2", EsphomeProtocol::Version2},
                                  {"extended", EsphomeProtocol::Extended}},
                                 EsphomeProtocol::Extended);
  esphome.auth =
      read.choice("auth", {{"md5", AuthHash::Md5}, {"sha256", AuthHash::Sha256}}, AuthHash::Sha256);
  esphome.gzip = chip == ChipFamily::Esp8266 && !read.flag("esphome-plain");
  esphome.fault = read.parsed("esphome-error", parse_fault, std::optional<device::EsphomeFault>());
  if (const auto path = read.text("encryption-key-file")) {
    if (esphome.protocol != EsphomeProtocol::Extended) {
      read.refuse(Error(Errc::Usage, "--encryption-key-file requires --esphome-protocol extended"));
    } else {
      auto key = read_encryption_key(*path);
      if (key) {
        esphome.key = std::move(*key);
      } else {
        read.refuse(key.error());
      }
    }
  }
  return esphome;
}

}  // namespace

void read_device_esphome(OptionReader& read, device::DeviceOptions& options) {
  if (const auto port = read.number<std::uint16_t>("esphome")) {
    options.esphome = read_options(read, *port, options.chip);
    return;
  }
  for (const std::string_view name : kEsphomeOnly) {
    if (read.invocation().origin(name) == Origin::CommandLine) {
      read.refuse(Error(Errc::Usage, fmt::format("--{} requires --esphome", name)));
    }
  }
}

}  // namespace otatool::cli
