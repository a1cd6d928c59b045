#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "otatool/ascii.hpp"
#include "otatool/device/virtual_device.hpp"
#include "otatool/espota/target_list.hpp"
#include "otatool/number.hpp"
#include "otatool/signing/signed_image.hpp"

#include "cli/device/device_esphome_options.hpp"
#include "cli/device/device_http_options.hpp"
#include "cli/device/device_reporter.hpp"
#include "cli/discover/announce_options.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
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
    Example{"otatool device --esphome 3232", "accept updates of ESPHome on TCP port 3232"},
    Example{"otatool device --bind 0.0.0.0", "accept updates from other computers"},
};

constexpr std::array kDeviceOptions = {
    Option{.name = "chip", .value = "esp8266|esp32", .help = "chip of the device (esp8266)"},
    Option{.name = "port",
           .value = "N",
           .help = "UDP port for invitations, 0: any (the chip's default)"},
    Option{.name = "bind",
           .value = "ADDR",
           .help = "address to listen on (127.0.0.1: this computer only)"},
    Option{.name = "window",
           .value = "BYTES",
           .help = "TCP receive window: 5840 or 2144 on an ESP8266 (the system's)"},
    Option{.name = "stall-timeout",
           .value = "S",
           .help = "seconds without a byte after which a transfer fails (15)"},
    Option{.name = "once", .help = "exit after the first update, with 0 if it was applied"},
    Option{.name = "flash",
           .value = "FILE",
           .help = "keep the flash in FILE, made if missing (in memory)"},
    Option{
        .name = "size", .value = "SIZE", .help = "bytes of flash: 512K, 1M, 2M, 4M, 8M, 16M (4M)"},
    Option{.name = "flash-speed",
           .value = "none|typical|slow",
           .help = "time for erasing and programming, as of a real chip (none)"},
    Option{.name = "password-file",
           .value = "FILE",
           .help = "require the password on the first line of FILE (-: stdin)"},
    Option{.name = "password",
           .value = "TEXT",
           .help = "require this password; visible in the process list"},
    Option{.name = "auth",
           .value = "md5|sha256",
           .help = "hash of the password challenge (the chip's default)"},
    Option{.name = "pubkey",
           .letter = 'p',
           .value = "KEY",
           .help = "accept only images signed with this RSA key (ESP8266)"},
    kPassphraseFileOption,
    Option{.name = "name",
           .value = "NAME",
           .help = "device name to announce (like the cores: esp8266-0a0b0c)"},
    Option{.name = "board", .value = "NAME", .help = "board name to announce"},
    kAnnounceInterfaceOption,
    kMdnsPortOption,
    Option{.name = "no-announce", .help = "do not announce the device by mDNS"},
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
    kEsphomeOption,
    kEsphomeProtocolOption,
    kEncryptionKeyFileOption,
    kEsphomePlainOption,
    kEsphomeErrorOption,
};

constexpr std::array kDeviceOptionGroups = {
    Group{"Device", "chip"},
    Group{"Flash", "flash"},
    Group{"Password and signature", "password-file"},
    Group{"Announcement", "name"},
    Group{"Upload page", "http"},
    Group{"Updates from a server", "pull"},
    Group{"Updates of ESPHome", "esphome"},
};

constexpr std::size_t kSmallestWindow = 1072;
constexpr std::size_t kLargestWindow = std::size_t{1} << 20U;

/// `4M`, `512K` or a number of bytes.
Result<std::uint32_t> parse_flash_size(const std::string& text) {
  constexpr std::uint64_t kLargest = std::uint64_t{16} << 20U;
  const std::size_t digits = std::min(text.find_first_of("KkMm"), text.size());
  const std::string unit = lower_case(std::string_view(text).substr(digits));
  std::uint64_t bytes = parse_number<std::uint32_t>(text.substr(0, digits)).value_or(0);
  bytes <<= unit == "m" ? 20U : unit == "k" ? 10U : 0U;
  if (unit.size() > 1 || bytes == 0 || bytes > kLargest) {
    return fail(Errc::Usage,
                fmt::format("'{}' is not a number of bytes up to 16M, like 512K or 4M", text));
  }
  return static_cast<std::uint32_t>(bytes);
}

device::DeviceOptions read_device_options(OptionReader& read) {
  using device::FlashSpeed;
  using wire::AuthHash;
  device::DeviceOptions options;
  options.chip = read.choice("chip",
                             {{"esp8266", ChipFamily::Esp8266}, {"esp32", ChipFamily::Esp32}},
                             ChipFamily::Esp8266);
  const bool esp8266 = options.chip == ChipFamily::Esp8266;
  options.auth = read.choice("auth",
                             {{"md5", AuthHash::Md5}, {"sha256", AuthHash::Sha256}},
                             esp8266 ? AuthHash::Md5 : AuthHash::Sha256);
  options.flash_speed = read.choice(
      "flash-speed",
      {{"none", FlashSpeed::None}, {"typical", FlashSpeed::Typical}, {"slow", FlashSpeed::Slow}},
      FlashSpeed::None);
  options.port =
      read.number<std::uint16_t>("port", {}, esp8266 ? wire::kEsp8266Port : wire::kEsp32Port);
  options.window = read.number<std::size_t>("window", {kSmallestWindow, kLargestWindow}, 0);
  options.stall = read.seconds("stall-timeout", options.stall);
  options.flash_size = read.parsed("size", parse_flash_size, std::uint32_t{0});
  const auto announcement = read.take(read_announcement(read.invocation(), "device name"));
  if (!read.flag("no-announce")) {
    options.announce = announcement;
  }
  options.board = read.text("board", esp8266 ? "ESP8266_GENERIC" : "esp32");
  read.take(check_txt_text("board name", options.board, wire::kMaxTxtValue));
  options.flash_file = read.text("flash", "");
  options.bind_address = read.text("bind", options.bind_address);
  read_device_http(read, options);
  read_device_esphome(read, options);
  // Last, because the password may be read from stdin.
  if (!read.failed()) {
    options.password = read.take(given_password(read.invocation())).value_or(Secret());
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
  TRY(signing::PublicKey key, load_public_key(invocation, *path));
  TRY_VOID(signing::check_key(key, SignatureForm::Esp8266, signing::HashAlgorithm::Sha256));
  return key;
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
  OptionReader read(invocation);
  device::DeviceOptions options = read_device_options(read);
  TRY_VOID(read.finish());
  TRY(const auto key, read_key(invocation, options.chip));
  if (key) {
    options.image_key = image_key(*key);
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
  TRY(const std::uint16_t port, devices.add(options));
  const auto form_port = devices.form_port(0);
  messages.note("listening on udp " + espota::format_host_port(options.bind_address, port));
  if (form_port) {
    messages.note(fmt::format("upload page at http://{}/update",
                              espota::format_host_port(options.bind_address, *form_port)));
  }
  const auto esphome_port = devices.esphome_port(0);
  if (esphome_port) {
    messages.note("listening for ESPHome on tcp " +
                  espota::format_host_port(options.bind_address, *esphome_port));
  }
  messages.json_line(
      {{"event", "listening"},
       {"udp", port},
       {"http", form_port ? nlohmann::json(*form_port) : nlohmann::json()},
       {"esphome", esphome_port ? nlohmann::json(*esphome_port) : nlohmann::json()},
       {"address", options.bind_address},
       {"board", options.board},
       {"key_fingerprint", key ? nlohmann::json(fingerprint_of(*key)) : nlohmann::json()}});
  messages.result(fmt::format("Board: {}", options.board));
  // If stdout is broken, the caller cannot learn the port: give up.
  TRY_VOID(messages.flush());
  const auto end = devices.run();
  if (end != device::VirtualDevices::RunEnd::Stopped) {
    // A service manager ends programs by SIGTERM, and takes another code than 0 for a failure.
    return end == device::VirtualDevices::RunEnd::Terminated ? kSuccess : kInterrupted;
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
    .option_groups = kDeviceOptionGroups,
    .run = run_device,
};

}  // namespace otatool::cli
