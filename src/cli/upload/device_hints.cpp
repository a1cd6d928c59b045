#include "cli/upload/device_hints.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>
#include <string_view>

#include "otatool/espota/upload.hpp"

#include "cli/io/hints.hpp"
#include "cli/upload/check_hints.hpp"

namespace otatool::cli {
namespace {

struct TextHint {
  std::string_view text;  ///< a part of the device's error text
  std::string_view hint;
};

/// The first text that the error contains counts: longer texts come first.
constexpr std::array kTextHints = {
    TextHint{
        "Not Enough Space",
        "use a flash layout with a smaller filesystem, a smaller image or, on an ESP8266, a gzip "
        "package; see '1 MB boards' in otatool-troubleshooting(7)"},
    TextHint{"Bad Size Given",
             "the image does not fit its partition: check the partition scheme, and use --fs for a "
             "filesystem image"},
    TextHint{"Invalid bootstrapping state",
             "press the reset button of the device once: it was not reset after serial flashing"},
    TextHint{
        "Signature verification failed",
        "the device accepts only signed images; this one is unsigned, signed with another key, "
        "or signed for another flash mode than that of the running sketch ('otatool sign "
        "--flash-mode')"},
    TextHint{
        "Signature Verification Failed",
        "the device accepts only signed images; this one is unsigned, signed with another key, "
        "or signed with another hash (RSA and ECDSA keys and --hash must match the sketch)"},
    TextHint{
        "Broken gzip package",
        "make a new package with 'otatool gzip'; a signed package is only for devices that verify "
        "signatures"},
    TextHint{"new Flash config wrong",
             "the image was built for a larger flash than the device has: check the flash size in "
             "the board settings"},
    TextHint{"Flash config wrong",
             "the running sketch was built for another flash size: check the flash size in the "
             "board settings"},
    TextHint{"MD5",
             "the image was damaged in transit: try again; if this happens often, check the power "
             "supply"},
    TextHint{"Magic byte",
             "upload the .bin file of the build; only ESP8266 cores from 2.7.0 on accept a gzip "
             "package"},
    TextHint{"Wrong Magic Byte",
             "upload the .bin file of the build; an ESP32 accepts no gzip packages"},
    TextHint{
        "Decryption error",
        "the file is not an ESP32 image: upload the .bin file of the build; an ESP32 accepts no "
        "gzip packages"},
    TextHint{"Could Not Activate The Firmware",
             "the device cannot boot this image: it may be for another chip, or truncated"},
    TextHint{
        "Partition Could Not be Found",
        "the device has no partition for this image: choose a partition scheme with OTA, or with "
        "a filesystem"},
    TextHint{"Flash Write Failed", "the flash may be worn out or the power supply weak; try again"},
    TextHint{"Flash Erase Failed", "the flash may be worn out or the power supply weak; try again"},
    TextHint{"Flash Read Failed", "the flash may be worn out or the power supply weak; try again"},
    TextHint{"Stream Read Timeout", "the device got no data for too long: check the Wi-Fi signal"},
    TextHint{"Aborted", "the sketch ended the update: its serial log may say why"},
    TextHint{"No data supplied",
             "the image is empty, or the connection ended before the first byte"},
    TextHint{"Out of memory",
             "the sketch leaves too little heap for an update: stop other services before it"},
    TextHint{"Update already running",
             "wait until the other update has ended; 'otatool upload --wait SECONDS' waits for it"},
    TextHint{
        "Too many wrong passwords",
        "wait a minute, then try again with the right password: see 'Authentication Failed' in "
        "otatool-troubleshooting(7)"},
    TextHint{"still on trial",
             "wait until the sketch has confirmed the image that it runs, then try again"},
    TextHint{
        "Unknown update command",
        "the device does not support this kind of update: --fs needs a core with a filesystem"},
    TextHint{"Bad Argument",
             "the core of the device does not support this image: update the device by serial"},
    TextHint{
        "No Error",
        "another update may be running: wait until it has ended ('otatool upload --wait SECONDS' "
        "waits for it); if none is running, reset the device"},
    TextHint{"UNKNOWN", "the device's serial log may say more"},
};

/// A hint that replaces the general one in a command.
struct CommandHint {
  Errc code;
  std::string_view hint;
};
constexpr std::array kFormHints = {
    CommandHint{Errc::NoAnswer,
                "check that the device is on and the address is right: a browser on this computer "
                "must show "
                "the form"},
    CommandHint{
        Errc::PortClosed,
        "no web server listens there: check the port, and that the sketch calls server.begin()"},
    CommandHint{Errc::HostUnreachable,
                "check the address, the Wi-Fi connection of the device and the route to it"},
    CommandHint{Errc::NetworkFailed, "check the address and its scheme (http or https)"},
    CommandHint{Errc::NotFound, "check the address; the form of the stock servers is at /update"},
    CommandHint{Errc::PasswordRefused,
                "check user and password: --user NAME, --password-file FILE or OTATOOL_PASSWORD"},
    CommandHint{Errc::UnknownChallenge, "-vv shows the challenge of the device"},
    CommandHint{
        Errc::Stalled,
        "the Wi-Fi is weak or the sketch is busy: move the device closer and try again; if no data "
        "arrives at all, lower the MTU: see 'VPN' in otatool-troubleshooting(7)"},
    CommandHint{Errc::ConnectionClosed,
                "the device closed the connection: its serial log may say why"},
    CommandHint{
        Errc::DeviceRefused,
        "-vv shows the reply of the device: check that the address is that of the upload form"},
};

/// For texts of families that take updates over HTTP (field-firmwares.md). The first one counts.
constexpr std::array kFormTextHints = {
    TextHint{"in plain text",
             "if it is your device, name its way with --via form or in otatool.toml, or use --auth "
             "basic; the password then crosses the network in plain text"},
    TextHint{"PIN code", "enter the PIN in the device's settings page, then upload again"},
    TextHint{"unlock OTA", "switch off the OTA lock in the device's security settings"},
    TextHint{"local subnet",
             "upload from a computer in the subnet of the device, or set a PIN in its settings"},
    TextHint{"private network",
             "upload from a private address of the same network, to the address of the device"},
    TextHint{"open until it restarts", "restart the device, then upload again"},
    TextHint{"OTA could not begin",
             "an earlier upload may still be open: restart the device, then upload again"},
    TextHint{"KiB of flash, the device has",
             "build the image for the flash size of the device; --force space sends it anyway, but "
             "the device refuses it after the transfer"},
    TextHint{"larger than real flash", "build the image for the flash size of the device"},
    TextHint{"no upload page", "set WebServer 2 in the console of the device"},
    TextHint{"takes no uploads", "this kind of device fetches its updates"},
    TextHint{"takes no filesystem", "omit --fs, or name the field with --field NAME"},
};

constexpr std::array kEsphomeHints = {
    CommandHint{
        Errc::NoAnswer,
        "check that the device is on and the address is right; the logs of ESPHome's API show "
        "whether it is in the network"},
    CommandHint{
        Errc::PortClosed,
        "the YAML needs 'ota: - platform: esphome'; its port is 3232 on an ESP32 and 8266 on an "
        "ESP8266, another one is given with --port"},
    CommandHint{Errc::PasswordRefused,
                "check 'ota: password:' of the firmware that runs now: --password-file FILE or "
                "OTATOOL_PASSWORD"},
    CommandHint{
        Errc::ConnectionClosed,
        "another upload may be running: the device takes one connection at a time; its log may "
        "say why"},
};

/// By the error byte (esphome-ota.md 6), whose meaning is in the message.
constexpr std::array kEsphomeTextHints = {
    TextHint{"error 80:",
             "check that the port is that of 'ota: - platform: esphome', and the image with "
             "'otatool info IMAGE'"},
    TextHint{"error 81:", "restart the device, then upload again"},
    TextHint{"error 83:", "the flash may be worn out or the power supply weak; try again"},
    TextHint{"error 84:",
             "check with 'otatool info IMAGE' that the image is for this board; the device's log "
             "may say more"},
    TextHint{"error 85:", "press the reset button of the device once, then upload again"},
    TextHint{"error 86:", "choose the right 'board:' in the YAML and flash it by cable once"},
    TextHint{"error 87:", "choose the right 'board:' in the YAML, build again and upload again"},
    TextHint{"error 88:",
             "upload a firmware with few components first, or make the image smaller; see '1 MB "
             "boards' in otatool-troubleshooting(7)"},
    TextHint{"error 89:",
             "make the image smaller, or flash it by cable once: this makes larger partitions"},
    TextHint{"error 8A:", "flash the image by cable once: this makes the partitions of updates"},
    TextHint{"error 8B:",
             "the image was damaged in transit: try again; if this happens often, check the power "
             "supply"},
    TextHint{"error 8C:", "make the image smaller: use fewer components"},
    TextHint{"error 8D:", "sign the image with the key that the running firmware trusts"},
    TextHint{"error 8E:", "upload firmware.ota.bin of the build"},
    TextHint{"error 8F:", "flash the device by cable if it needs other partitions"},
    TextHint{"error 90:", "keep the device on; upload again, or flash it by cable"},
    TextHint{"error 91:", "flash the device by cable if it needs another bootloader"},
    TextHint{"error 92:", "keep the device on; upload again, or flash it by cable"},
    TextHint{"error 93:", "the device takes newer versions only: raise the version of the project"},
    TextHint{"reported error", "try again; the device's log may say why"},
};

/// With the options of espota.py.
constexpr std::array kEspotaHints = {
    CommandHint{Errc::PasswordNeeded, "use -a PASSWORD or the variable OTATOOL_PASSWORD"},
    CommandHint{
        Errc::PasswordRefused,
        "check the password of the sketch: -a PASSWORD or the variable OTATOOL_PASSWORD; see "
        "'Authentication Failed' in otatool-troubleshooting(7)"},
    CommandHint{
        Errc::UnknownChallenge,
        "the device may use another protocol or a newer version of espota; -d shows its reply"},
    CommandHint{
        Errc::NoAnswer,
        "check that the device is on, and its port (-p 8266 on ESP8266, -p 3232 on ESP32); see 'No "
        "response from the ESP' in otatool-troubleshooting(7)"},
    CommandHint{Errc::PortClosed,
                "an ESP32 listens on port 3232, an ESP8266 on port 8266: check -p, and that the "
                "sketch calls ArduinoOTA.begin()"},
    CommandHint{
        Errc::HostUnreachable,
        "check the address, the Wi-Fi of the device and the route to it; -I chooses the local "
        "address; see 'Guest Wi-Fi and VLANs' in otatool-troubleshooting(7)"},
    CommandHint{Errc::NoConnectionBack,
                "a firewall may block the connection: open a port and choose it with -P N; see "
                "'No response from device' in otatool-troubleshooting(7)"},
    CommandHint{
        Errc::OnlyStrangers,
        "if the device is behind NAT or has several addresses, use 'otatool upload --any-peer'"},
    CommandHint{
        Errc::Stalled,
        "the Wi-Fi is weak or the sketch is busy: move the device closer, or try 'otatool upload "
        "--lockstep'; if no data arrives at all, lower the MTU: see 'VPN' in "
        "otatool-troubleshooting(7)"},
    CommandHint{
        Errc::ConnectionClosed,
        "the device closed the connection: its serial log says why; 'otatool upload --lockstep' "
        "helps a receiver with small buffers"},
    CommandHint{Errc::NetworkFailed,
                "check the network of this computer; -I selects the local address"},
};

/// An ESP32 that has no room for the image accepts the update and then never connects.
std::string hint_without_connection(const std::string& general, std::size_t image_size) {
  if (image_size <= espota::kDefaultAppPartition) {
    return general + " (on ESP32 the image may be larger than its partition)";
  }
  return fmt::format(
      "an ESP32 does not report an image that is too large: {} bytes exceed the default app "
      "partition of {} bytes; otherwise {}",
      image_size,
      espota::kDefaultAppPartition,
      general);
}

/// The hint of the first text that the error contains; empty if there is none.
std::string_view text_hint(std::span<const TextHint> hints, const Error& error) {
  const auto found = std::ranges::find_if(hints, [&error](const TextHint& each) {
    return error.message().find(each.text) != std::string::npos;
  });
  return found == hints.end() ? std::string_view() : found->hint;
}

std::string hint_in_command(std::span<const CommandHint> hints,
                            const Error& error,
                            std::size_t image_size) {
  const auto own = std::ranges::find(hints, error.code(), &CommandHint::code);
  std::string general(own == hints.end() ? hint_for(error.code()) : own->hint);
  if (error.code() == Errc::NoConnectionBack) {
    return hint_without_connection(general, image_size);
  }
  if (error.message().find("not sent if SHA-256 is required") != std::string::npos) {
    return "store the SHA-256 hash of the password in the sketch, or omit --require-sha256 in a "
           "trusted network; otherwise check the password";
  }
  const bool by_device =
      error.code() == Errc::DeviceReported || error.code() == Errc::DeviceRefused;
  if (by_device && own == hints.end()) {
    if (const auto hint = text_hint(kTextHints, error); !hint.empty()) {
      return std::string(hint);
    }
  }
  return general;
}

/// The time of the target is up (delivery::WorkerPool).
bool ran_out_of_time(const Error& error) {
  return error.code() == Errc::Stalled &&
         error.message().find("did not end within") != std::string::npos;
}

constexpr std::string_view kMaxTimeHint =
    "the device is too slow, or it never ends the exchange; --max-time SECONDS allows more time";

/// The hint of an error that only web forms have; empty for others.
std::string form_text_hint(const Error& error) {
  const auto hint = text_hint(kFormTextHints, error);
  return hint.empty() ? named_check_hint(error) : std::string(hint);
}

}  // namespace

std::string upload_hint(const Error& error, std::size_t image_size) {
  if (std::string hint = form_text_hint(error); !hint.empty()) {
    return hint;  // of a device that was asked for its way
  }
  return ran_out_of_time(error) ? std::string(kMaxTimeHint)
                                : hint_in_command({}, error, image_size);
}

std::string esphome_hint(const Error& error, std::size_t image_size) {
  if (ran_out_of_time(error)) {
    return std::string(kMaxTimeHint);
  }
  const auto hint = text_hint(kEsphomeTextHints, error);
  return hint.empty() ? hint_in_command(kEsphomeHints, error, image_size) : std::string(hint);
}

std::string push_hint(const Error& error, std::size_t image_size) {
  if (error.message().find("Wrong origin") != std::string::npos) {
    return "the device is behind a proxy that changes its name: use the device's own address";
  }
  if (ran_out_of_time(error)) {
    return std::string(kMaxTimeHint);
  }
  std::string hint = form_text_hint(error);
  return hint.empty() ? hint_in_command(kFormHints, error, image_size) : hint;
}

std::string hint_of_way(std::string_view via, const Error& error, std::size_t image_size) {
  if (via == "esphome") {
    return esphome_hint(error, image_size);
  }
  return via == "form" ? push_hint(error, image_size) : upload_hint(error, image_size);
}

std::string espota_hint(const Error& error, std::size_t image_size) {
  return hint_in_command(kEspotaHints, error, image_size);
}

}  // namespace otatool::cli
