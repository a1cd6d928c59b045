#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "otatool/device/virtual_device.hpp"
#include "otatool/espota/target_list.hpp"
#include "otatool/signing/signed_image.hpp"

#include "cli/device/device_http_options.hpp"
#include "cli/device/device_reporter.hpp"
#include "cli/discover/announce_options.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/secrets.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/signing/signing_keys.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kDeviceExamples = {
    Example{"otatool device",
            "run an ESP8266 on UDP port 8266 of this computer; stop it with Ctrl-C"},
    Example{"otatool device --port 0 --once --json",
            "exit after one update, for a test; any free port"},
    Example{"otatool device --chip esp32 --password-file ota.pw", "require a password, by SHA-256"},
    Example{"otatool device --flash flash.bin --size 1M", "keep the flash in a file"},
    Example{"otatool device --pubkey public.key", "accept only images signed with this key"},
    Example{"otatool device --http 8080", "serve an upload page at http://127.0.0.1:8080/update"},
    Example{"otatool device --pull http://127.0.0.1:8070/update --interval 10",
            "ask 'otatool serve' for updates"},
    Example{"otatool device --bind 0.0.0.0", "accept updates from other computers"},
};

constexpr std::array kDeviceOptions = {
    Option{.name = "port",
           .value = "N",
           .help = "UDP port for invitations, 0: any (the chip's default)"},
    Option{.name = "bind",
           .value = "ADDR",
           .help = "address to listen on (127.0.0.1: this computer only)"},
    Option{.name = "password-file",
           .value = "FILE",
           .help = "require the password on the first line of FILE (-: stdin)"},
    Option{.name = "password",
           .value = "TEXT",
           .help = "require this password; visible in the process list"},
    Option{.name = "chip", .value = "esp8266|esp32", .help = "chip of the device (esp8266)"},
    Option{.name = "auth",
           .value = "md5|sha256",
           .help = "hash of the password challenge (the chip's default)"},
    Option{.name = "pubkey",
           .letter = 'p',
           .value = "KEY",
           .help = "accept only images signed with this RSA key (ESP8266)"},
    kPassphraseFileOption,
    Option{.name = "board", .value = "NAME", .help = "board name to announce"},
    Option{.name = "name",
           .value = "NAME",
           .help = "device name to announce (like the cores: esp8266-0a0b0c)"},
    kAnnounceInterfaceOption,
    Option{.name = "no-announce", .help = "do not announce the device by mDNS"},
    kMdnsPortOption,
    kHttpOption,
    kFormUserOption,
    kFormAuthOption,
    kPullOption,
    kIntervalOption,
    kPullCaOption,
    kPullInsecureOption,
    kMacOption,
    kSketchVersionOption,
    kPullFilesystemOption,
    kFilesystemVersionOption,
    Option{.name = "flash",
           .value = "FILE",
           .help = "keep the flash in FILE, made if missing (in memory)"},
    Option{
        .name = "size", .value = "SIZE", .help = "bytes of flash: 512K, 1M, 2M, 4M, 8M, 16M (4M)"},
    Option{.name = "flash-speed",
           .value = "none|typical|slow",
           .help = "time for erasing and programming, as of a real chip (none)"},
    Option{.name = "window",
           .value = "BYTES",
           .help = "TCP receive window: 5840 or 2144 on an ESP8266 (the system's)"},
    Option{.name = "stall-timeout",
           .value = "S",
           .help = "seconds without a byte after which a transfer fails (15)"},
    Option{.name = "once", .help = "exit after the first update, with 0 if it was applied"},
};

constexpr std::size_t kSmallestWindow = 1072;
constexpr std::size_t kLargestWindow = std::size_t{1} << 20U;

/// `4M`, `512K` or a number of bytes; 0 when the option is not given.
Result<std::uint32_t> flash_size(const Invocation& invocation) {
  const auto text = invocation.value("size");
  if (!text) {
    return 0;
  }
  std::uint32_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  const std::string_view unit(rest, end);
  std::uint64_t bytes = number;
  if (unit == "K" || unit == "k") {
    bytes <<= 10U;
  } else if (unit == "M" || unit == "m") {
    bytes <<= 20U;
  } else if (!unit.empty()) {
    bytes = 0;
  }
  constexpr std::uint64_t kLargest = std::uint64_t{16} << 20U;
  if (error != std::errc() || bytes == 0 || bytes > kLargest) {
    return fail(
        Errc::Usage,
        fmt::format("option '--size': '{}' is not a number of bytes up to 16M, like 512K or 4M",
                    *text));
  }
  return static_cast<std::uint32_t>(bytes);
}

Result<device::DeviceOptions> read_choices(const Invocation& invocation) {
  constexpr std::array<std::string_view, 2> kChips = {"esp8266", "esp32"};
  constexpr std::array<std::string_view, 2> kHashes = {"md5", "sha256"};
  constexpr std::array<std::string_view, 3> kSpeeds = {"none", "typical", "slow"};
  const auto chip = invocation.choice("chip", kChips, 0);
  if (!chip) {
    return fail(chip.error());
  }
  const auto hash = invocation.choice("auth", kHashes, *chip);
  if (!hash) {
    return fail(hash.error());
  }
  const auto speed = invocation.choice("flash-speed", kSpeeds, 0);
  if (!speed) {
    return fail(speed.error());
  }
  device::DeviceOptions options;
  options.chip = static_cast<ChipFamily>(*chip);
  options.auth = *hash == 0 ? wire::AuthHash::Md5 : wire::AuthHash::Sha256;
  options.flash_speed = static_cast<device::FlashSpeed>(*speed);
  return options;
}

Result<device::DeviceOptions> read_device_options(Invocation& invocation) {
  auto options = read_choices(invocation);
  if (!options) {
    return options;
  }
  const auto port = invocation.number("port", 0, 65535);
  if (!port) {
    return fail(port.error());
  }
  const auto window = invocation.number("window", kSmallestWindow, kLargestWindow);
  if (!window) {
    return fail(window.error());
  }
  const auto stall = invocation.seconds("stall-timeout");
  if (!stall) {
    return fail(stall.error());
  }
  const auto size = flash_size(invocation);
  if (!size) {
    return fail(size.error());
  }
  auto password = given_password(invocation);
  if (!password) {
    return fail(password.error());
  }
  auto announcement = read_announcement(invocation, "device name");
  if (!announcement) {
    return fail(announcement.error());
  }
  const bool esp8266 = options->chip == ChipFamily::Esp8266;
  if (!invocation.flag("no-announce")) {
    options->announce = std::move(*announcement);
  }
  options->board = invocation.value("board").value_or(esp8266 ? "ESP8266_GENERIC" : "esp32");
  if (const auto checked = check_txt_text("board name", options->board, wire::kMaxTxtValue);
      !checked) {
    return fail(checked.error());
  }
  options->port =
      static_cast<std::uint16_t>(port->value_or(esp8266 ? wire::kEsp8266Port : wire::kEsp32Port));
  options->window = static_cast<std::size_t>(window->value_or(0));
  options->flash_size = *size;
  options->stall = stall->value_or(options->stall);
  options->flash_file = invocation.value("flash").value_or(std::string());
  options->bind_address = invocation.value("bind").value_or("127.0.0.1");
  if (*password) {
    options->password = **password;
  }
  return options;
}

/// Reads the key of --pubkey, if given.
Result<std::optional<signing::PublicKey>> read_key(Invocation& invocation, ChipFamily chip) {
  const auto path = invocation.value("pubkey");
  if (!path) {
    return std::nullopt;
  }
  if (chip != ChipFamily::Esp8266) {
    return fail(Errc::Usage, "--pubkey requires --chip esp8266");
  }
  auto key = load_public_key(invocation, *path);
  if (!key) {
    return fail(key.error());
  }
  const auto usable =
      signing::check_key(*key, SignatureForm::Esp8266, signing::HashAlgorithm::Sha256);
  if (!usable) {
    return fail(usable.error());
  }
  return std::move(*key);
}

device::ImageKey image_key(const signing::PublicKey& key) {
  std::array<std::uint8_t, wire::kTxtFingerprintSize> fingerprint{};
  std::copy_n(key.fingerprint().begin(), fingerprint.size(), fingerprint.begin());
  return {.signature_size = static_cast<std::uint32_t>(key.signature_size()),
          .fingerprint = fingerprint,
          .verify = [key](Bytes digest, Bytes signature) {
            signing::Digest signed_digest;
            signed_digest.size = digest.size();
            std::copy(digest.begin(), digest.end(), signed_digest.storage.begin());
            return signing::verify_signature(signed_digest, signature, key, SignatureForm::Esp8266);
          }};
}

Result<int> run_device(Invocation& invocation) {
  Messages& messages = invocation.messages();
  auto options = read_device_options(invocation);
  if (!options) {
    return fail(options.error());
  }
  if (const auto by_http = read_device_http(invocation, *options); !by_http) {
    return fail(by_http.error());
  }
  const auto key = read_key(invocation, options->chip);
  if (!key) {
    return fail(key.error());
  }
  if (*key) {
    options->image_key = image_key(**key);
  }
  std::optional<DeviceReporter::Ending> ending;
  device::VirtualDevices* running = nullptr;
  const bool once = invocation.flag("once");
  DeviceReporter reporter(messages, [&](const DeviceReporter::Ending& result) {
    if (once && !ending) {
      ending = result;
      running->stop();
    }
  });
  device::VirtualDevices devices(reporter);
  running = &devices;
  const auto port = devices.add(*options);
  if (!port) {
    return fail(port.error());
  }
  const auto form_port = devices.form_port(0);
  messages.note("listening on udp " + espota::format_host_port(options->bind_address, *port));
  if (form_port) {
    messages.note(fmt::format("upload page at http://{}/update",
                              espota::format_host_port(options->bind_address, *form_port)));
  }
  messages.json_line(
      {{"event", "listening"},
       {"udp", *port},
       {"http", form_port ? nlohmann::json(*form_port) : nlohmann::json()},
       {"address", options->bind_address},
       {"board", options->board},
       {"key_fingerprint", *key ? nlohmann::json(fingerprint_of(**key)) : nlohmann::json()}});
  messages.result(fmt::format("Board: {}", options->board));
  // If stdout is broken, the caller cannot learn the port: give up.
  if (const auto flushed = messages.flush(); !flushed) {
    return fail(flushed.error());
  }
  if (devices.run() == device::VirtualDevices::RunEnd::Interrupted) {
    return kInterrupted;
  }
  if (ending && *ending) {
    const auto& [error, hint] = **ending;
    messages.error(error, hint);
    return exit_code(error.code());
  }
  return kSuccess;
}

}  // namespace

const Command kDeviceCommand{
    .name = "device",
    .summary = "run a virtual device, for tests without hardware",
    .arguments = "",
    .examples = kDeviceExamples,
    .options = kDeviceOptions,
    .run = run_device,
};

}  // namespace otatool::cli
