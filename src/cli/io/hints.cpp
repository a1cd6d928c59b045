#include "cli/io/hints.hpp"

#include <algorithm>
#include <array>

namespace otatool::cli {

namespace {

struct Hint {
  Errc code;
  std::string_view text;
};

/// In the order of Errc. Interrupted has none: whoever pressed Ctrl-C knows.
constexpr std::array kHints = {
    Hint{Errc::Internal,
         "this is a bug in otatool; please report it with the command line and -vv output"},
    Hint{Errc::OutputFailed,
         "check the free space and the permissions of the folder it is written to"},
    Hint{Errc::OutputExists, "--force overwrites it; -o names another file"},
    Hint{Errc::Usage, "'otatool help COMMAND' shows the options of a command, with examples"},
    Hint{Errc::NotFound, "check the spelling; an IP address works without a name"},
    Hint{Errc::PasswordNeeded,
         "give it with --password-file FILE or in the variable OTATOOL_PASSWORD"},
    Hint{Errc::PasswordRefused,
         "check the password of the sketch, and that --password-file or OTATOOL_PASSWORD has "
         "no stray blank"},
    Hint{Errc::PassphraseNeeded,
         "give it with --passphrase-file FILE or in the variable OTATOOL_KEY_PASSPHRASE"},
    Hint{Errc::ConfirmationNeeded, "--yes answers it beforehand"},
    Hint{Errc::WeakChallenge,
         "update the device's core to one with SHA-256 challenges, or leave out "
         "--require-sha256 in a network that you trust"},
    Hint{Errc::UnknownChallenge,
         "the device may not speak espota, or be newer than this otatool; -vv shows what it "
         "sent"},
    Hint{Errc::NoAnswer,
         "is the device on and awake, and the port right (8266 on ESP8266, 3232 on ESP32, else "
         "--port)? --wait S keeps inviting one that sleeps"},
    Hint{Errc::PortClosed,
         "an ESP32 listens at 3232, an ESP8266 at 8266: check --port and --chip, and that the "
         "sketch calls ArduinoOTA.begin()"},
    Hint{Errc::HostUnreachable,
         "check the address, the Wi-Fi connection of the device and the route to it; --bind "
         "chooses the local address"},
    Hint{Errc::SilentAfterAuth,
         "the sketch may not call ArduinoOTA.handle() often enough; reset the device and try "
         "again"},
    Hint{Errc::NoConnectionBack,
         "a firewall may block the device's connection to this computer: --host-port N fixes "
         "the port to open (on ESP32 the image may be larger than its partition)"},
    Hint{Errc::OnlyStrangers,
         "if the device is behind address translation, --any-peer accepts the connection"},
    Hint{Errc::Stalled, "weak Wi-Fi or a busy sketch: move the device closer, or try --lockstep"},
    Hint{Errc::ConnectionReset,
         "the device may have restarted: check its power supply, and its serial log for a "
         "crash"},
    Hint{Errc::ConnectionClosed,
         "the device gave up: its serial log says why; --lockstep helps receivers that are "
         "easily overrun"},
    Hint{Errc::ListenFailed,
         "another program may use the port, or the address is none of this computer: choose "
         "others or leave the choice to the system"},
    Hint{Errc::NetworkFailed, "'otatool doctor' looks at the network of this computer"},
    Hint{Errc::UntrustedServer,
         "--ca FILE names the certificate to trust, such as the ca_cert.pem of a self-signed "
         "server; --insecure trusts everybody"},
    Hint{Errc::DeviceRefused,
         "the sketch may be busy with another update; reset the device and try again"},
    Hint{Errc::DeviceReported,
         "the text is the device's own; 'otatool info IMAGE' tells whether the image suits it"},
    Hint{Errc::FileUnreadable, "check the path and the permissions"},
    Hint{Errc::NotAnImage,
         "give the .bin file of the build, not the .elf; --fs uploads a filesystem image"},
    Hint{Errc::WrongKind,
         "'otatool info FILE' shows what it is; --chip and --fs say what the device expects"},
    Hint{Errc::BrokenPackage,
         "'otatool gzip IMAGE' packs an image so that the boot loader can unpack it"},
    Hint{Errc::DoesNotFit,
         "choose a layout with more room, make the image smaller, or pack it with 'otatool "
         "gzip'"},
    Hint{Errc::KeyUnusable,
         "check the file and its passphrase; 'otatool keygen' makes a key pair that works"},
    Hint{Errc::KeyWrongKind,
         "signing takes the private key, verifying the public one; an ESP8266 needs RSA, an ESP32 "
         "takes EC P-256 and P-384 as well"},
    Hint{Errc::NotSigned, "'otatool sign IMAGE --key KEY' signs it"},
    Hint{Errc::AlreadySigned, "'otatool strip IMAGE -o OUT' removes the signature"},
    Hint{Errc::SignatureInvalid,
         "the image was changed after signing, or signed with another key: 'otatool pubkey KEY "
         "--format fingerprint' tells keys apart"},
    Hint{Errc::VerdictLost,
         "look whether the device runs the new firmware before you upload again"},
    Hint{Errc::SomeFailed, "the report names the devices that failed, each with its own reason"},
};

}  // namespace

std::string_view hint_for(Errc code) {
  const auto found = std::ranges::find(kHints, code, &Hint::code);
  return found == kHints.end() ? std::string_view() : found->text;
}

std::string usage_hint(std::string_view command) {
  if (command.empty()) {
    return "'otatool help' lists the commands";
  }
  return "'otatool help " + std::string(command) + "' shows its options, with examples";
}

std::string override_hint(std::string_view check) {
  if (check == "signed-package") {
    return "if the device verifies signatures, say so by --assume-verifier";
  }
  if (check == "gzip-filesystem") {
    return "if the sketch was built with ATOMIC_FS_UPDATE, say so by --atomic-fs";
  }
  if (check == "filesystem-command") {
    return "--fs is for filesystem images, and for nothing else";
  }
  if (check == "empty-file") {
    return "the build or the download of the image seems to have failed: give a file with content";
  }
  return "if you know better, --force " + std::string(check) + " sends it all the same";
}

std::string override_hint(std::span<const std::string_view> checks) {
  std::string hint = override_hint(checks.front());
  constexpr std::string_view kForce = "--force ";
  const std::size_t place = hint.find(kForce);
  if (place == std::string::npos) {
    return hint;
  }
  std::string options;
  for (const std::string_view check : checks) {
    options += std::string(kForce) + std::string(check) + (check == checks.back() ? "" : " ");
  }
  return hint.replace(place, kForce.size() + checks.front().size(), options);
}

std::string_view renew_hint() {
  return "--renew makes a new one, which devices must be given before they can be updated again; "
         "--ca-out names another file";
}

std::string did_you_mean(std::string_view nearest) {
  return "did you mean '" + std::string(nearest) + "'?";
}

}  // namespace otatool::cli
