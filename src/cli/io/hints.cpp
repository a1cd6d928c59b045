#include "cli/io/hints.hpp"

#include <algorithm>
#include <array>

namespace otatool::cli {

namespace {

struct Hint {
  Errc code;
  std::string_view text;
};

/// In the order of Errc. Interrupted has no hint: the user pressed Ctrl-C.
constexpr std::array kHints = {
    Hint{Errc::Internal,
         "this is a bug in otatool; please report it with the command line and the output of -vv"},
    Hint{Errc::OutputFailed, "check the free space and the permissions of the output folder"},
    Hint{Errc::OutputExists, "-o FILE writes to another file; --force overwrites this one"},
    Hint{Errc::Usage, "'otatool help COMMAND' shows the options of a command, with examples"},
    Hint{Errc::StoreFailed,
         "check the path, its permissions and the free space, or whether the database answers; "
         "--store names another store"},
    Hint{Errc::StoreInUse, "stop the other server, or let --store name another file"},
    Hint{Errc::StoreSchema,
         "'otatool serve' and 'otatool rollout' must be of the newest version that has used this "
         "store: 'otatool version' shows it; --store names another store"},
    Hint{Errc::NotFound,
         "check the spelling, or give the IP address; see 'Name not found' in "
         "otatool-troubleshooting(7)"},
    Hint{Errc::PasswordNeeded,
         "give the password with --password-file FILE or in the variable OTATOOL_PASSWORD"},
    Hint{Errc::PasswordRefused,
         "check the password in the sketch, and --password-file or OTATOOL_PASSWORD for extra "
         "spaces; "
         "see 'Authentication Failed' in otatool-troubleshooting(7)"},
    Hint{Errc::PassphraseNeeded,
         "give the passphrase with --passphrase-file FILE or in the variable "
         "OTATOOL_KEY_PASSPHRASE"},
    Hint{Errc::ConfirmationNeeded, "--yes uploads without a question"},
    Hint{Errc::WeakChallenge,
         "update the core of the device to one with SHA-256 challenges, or omit "
         "--require-sha256 in a trusted network"},
    Hint{Errc::UnknownChallenge,
         "the device may use another protocol than espota, or a newer version of it; -vv shows "
         "its datagrams"},
    Hint{Errc::EncryptionNeeded,
         "give the key of 'ota: encryption:' or 'api: encryption:' in its YAML with "
         "--encryption-key-file FILE"},
    Hint{Errc::EncryptionMissing,
         "firmware older than ESPHome 2026.9 has no encryption: in a trusted network, upload once "
         "without the key; otherwise somebody may pretend to be the device"},
    Hint{Errc::EncryptionRefused,
         "compare the key with 'ota: encryption: key:' in the YAML of the firmware that runs now"},
    Hint{Errc::PinRefused,
         "check --passphrase-file or OTATOOL_KEY_PASSPHRASE before you try again: a token locks "
         "after a few wrong PINs"},
    Hint{Errc::TokenLocked,
         "its administrator sets a new PIN, for example with 'pkcs11-tool --login --login-type so "
         "--init-pin'"},
    Hint{Errc::NoAnswer,
         "check that the device is on, and --port (8266 on ESP8266, 3232 on ESP32); --wait S waits "
         "for a sleeping device; see 'No response from the ESP' in otatool-troubleshooting(7)"},
    Hint{Errc::PortClosed,
         "an ESP32 listens on port 3232, an ESP8266 on port 8266: check --port, --chip "
         "and ArduinoOTA.begin(); 'otatool doctor HOST' says whether the device runs another "
         "firmware"},
    Hint{Errc::HostUnreachable,
         "check the address, the Wi-Fi of the device and the route to it; --bind chooses the local "
         "address; see 'Guest Wi-Fi and VLANs' in otatool-troubleshooting(7)"},
    Hint{Errc::SilentAfterAuth,
         "the sketch may not call ArduinoOTA.handle() often enough; reset the device and try "
         "again"},
    Hint{Errc::NoConnectionBack,
         "a firewall may block the connection: --host-port N fixes the port to open; see 'No "
         "response from device' in otatool-troubleshooting(7)"},
    Hint{Errc::OnlyStrangers,
         "if the device is behind NAT or has several addresses, use --any-peer; see 'WSL2 and "
         "Docker' "
         "in otatool-troubleshooting(7)"},
    Hint{Errc::Stalled,
         "the Wi-Fi is weak or the sketch busy: move the device closer, or try --lockstep; if no "
         "data arrives at all, lower the MTU: see 'VPN' in otatool-troubleshooting(7)"},
    Hint{Errc::ConnectionReset,
         "the device may have restarted: check its power supply, and its serial log for a crash; "
         "see "
         "'Error Uploading' in otatool-troubleshooting(7)"},
    Hint{Errc::ConnectionClosed,
         "the device ended the transfer: its serial log has the reason; --lockstep helps receivers "
         "that are easily overrun"},
    Hint{Errc::ListenFailed,
         "another program may use the port, or the address does not belong to this computer: "
         "choose others or omit the option"},
    Hint{Errc::NetworkFailed, "'otatool doctor' tests the network of this computer"},
    Hint{Errc::UntrustedServer,
         "--ca FILE names the certificate to trust, for example ca_cert.pem of a self-signed "
         "server; --insecure trusts any certificate"},
    Hint{Errc::DeviceRefused,
         "the sketch may be busy with another update; reset the device and try again"},
    Hint{Errc::DeviceReported,
         "the text is from the device; otatool-troubleshooting(7) lists such texts; 'otatool info "
         "IMAGE' shows whether the image suits the device"},
    Hint{Errc::FileUnreadable, "check the path, the permissions and the content of the file"},
    Hint{Errc::NotAnImage, "give the .bin file of the build, not the .elf"},
    Hint{Errc::WrongKind,
         "'otatool info FILE' identifies the file; --chip and --fs set what the device expects"},
    Hint{Errc::BrokenPackage, "'otatool gzip IMAGE' makes a package that the loader can unpack"},
    Hint{Errc::BrokenPatch, "'otatool delta OLD NEW -o PATCH' makes a patch"},
    Hint{Errc::OtherImage,
         "'otatool info PATCH' shows the SHA-256 of the image that it was made for"},
    Hint{Errc::DoesNotFit,
         "choose a layout with more space, or make the image smaller; see '1 MB boards' in "
         "otatool-troubleshooting(7)"},
    Hint{Errc::KeyUnusable,
         "check the file and its passphrase; 'otatool keygen' makes a new key pair"},
    Hint{Errc::KeyWrongKind,
         "signing needs the private key, verifying the public key; an ESP8266 needs RSA, an ESP32 "
         "also accepts EC P-256 and P-384"},
    Hint{Errc::NotSigned, "'otatool sign IMAGE --key KEY' signs it"},
    Hint{Errc::AlreadySigned, "'otatool strip IMAGE -o OUT' removes the signature"},
    Hint{Errc::SignatureInvalid,
         "the image was changed after signing, or signed with another key: 'otatool pubkey KEY "
         "--format fingerprint' identifies a key"},
    Hint{Errc::SignerFailed,
         "try the command by hand: 'otatool digest IMAGE -o digest.bin' writes its input, and its "
         "output is the raw signature"},
    Hint{Errc::ModuleMissing,
         "install the Debian packages p11-kit-modules and opensc-pkcs11, ykcs11 or softhsm2; "
         "'?module-path=FILE' in the URI names another module"},
    Hint{Errc::TokenKey,
         "'pkcs11-tool --list-objects' shows the keys of a token; token=, object= and id= in the "
         "URI choose one"},
    Hint{Errc::VerdictLost,
         "check whether the device runs the new firmware before you upload again"},
    Hint{Errc::DeviceLost,
         "it may need longer (--confirm=S), have another address now, or have crashed: look at its "
         "serial log before you upload again"},
    Hint{Errc::OldVersion,
         "it may have rejected the image when it started: check that the image is for this board "
         "('otatool info IMAGE') and look at the serial log; --no-confirm does not compare "
         "versions"},
    Hint{Errc::SomeFailed, "the report lists the devices that failed and the reasons"},
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

std::string_view renew_hint() {
  return "--renew makes a new certificate, and the devices need it before the next update; "
         "--ca-out names another file";
}

std::string did_you_mean(std::string_view nearest) {
  return "did you mean '" + std::string(nearest) + "'?";
}

}  // namespace otatool::cli
