#include "cli/hints.hpp"

namespace otatool::cli {

std::string_view hint_for(Errc code) {
  switch (code) {
    case Errc::Internal:
      return "this is a bug in otatool; please report it with the command line and -vv output";
    case Errc::OutputFailed:
      return "check the free space and the permissions of the folder it is written to";
    case Errc::OutputExists:
      return "--force overwrites it; -o names another file";
    case Errc::Usage:
      return "'otatool help COMMAND' shows the options of a command, with examples";
    case Errc::Interrupted:
      return {};
    case Errc::NotFound:
      return "'otatool discover' lists the devices that announce themselves; an IP address works "
             "without a name";
    case Errc::PasswordNeeded:
      return "give it with --password-file FILE or in the variable OTATOOL_PASSWORD";
    case Errc::PasswordRefused:
      return "check the password of the sketch, and that --password-file or OTATOOL_PASSWORD has "
             "no stray blank";
    case Errc::PassphraseNeeded:
      return "give it with --passphrase-file FILE or in the variable OTATOOL_KEY_PASSPHRASE";
    case Errc::WeakChallenge:
      return "update the device's core to one with SHA-256 challenges, or leave out "
             "--require-sha256 in a network that you trust";
    case Errc::UnknownChallenge:
      return "the device may not speak espota, or be newer than this otatool; -vv shows what it "
             "sent";
    case Errc::NoAnswer:
      return "is the device on and awake, and the port right (8266 on ESP8266, 3232 on ESP32, else "
             "--port)? 'otatool doctor HOST' looks closer";
    case Errc::PortClosed:
      return "the host is up but no OTA service listens there: check --port, and that the sketch "
             "calls ArduinoOTA.begin()";
    case Errc::HostUnreachable:
      return "check the address, the Wi-Fi connection of the device and the route to it; --bind "
             "chooses the local address";
    case Errc::SilentAfterAuth:
      return "the sketch may not call ArduinoOTA.handle() often enough; reset the device and try "
             "again";
    case Errc::NoConnectionBack:
      return "a firewall may block the device's connection to this computer: --host-port N fixes "
             "the port to open (on ESP32 the image may be larger than its partition)";
    case Errc::OnlyStrangers:
      return "if the device is behind address translation, --any-peer accepts the connection";
    case Errc::Stalled:
      return "weak Wi-Fi or a busy sketch: move the device closer, or try --lockstep";
    case Errc::ConnectionReset:
      return "the device may have restarted: check its power supply, and its serial log for a "
             "crash";
    case Errc::ConnectionClosed:
      return "the device gave up: its serial log says why; --lockstep helps receivers that are "
             "easily overrun";
    case Errc::ListenFailed:
      return "another program may use the port: choose another one or leave the choice to the "
             "system";
    case Errc::NetworkFailed:
      return "'otatool doctor HOST' checks interfaces, addresses and firewall";
    case Errc::DeviceRefused:
      return "the sketch may be busy with another update; reset the device and try again";
    case Errc::DeviceReported:
      return "the text is the device's own; 'otatool info IMAGE' tells whether the image suits it";
    case Errc::FileUnreadable:
      return "check the path and the permissions";
    case Errc::NotAnImage:
      return "give the .bin file of the build, not the .elf; --fs uploads a filesystem image";
    case Errc::WrongKind:
      return "'otatool info FILE' shows what it is; --chip and --fs say what the device expects";
    case Errc::BrokenPackage:
      return "'otatool gzip IMAGE' packs an image so that the boot loader can unpack it";
    case Errc::DoesNotFit:
      return "choose a layout with more room, make the image smaller, or pack it with 'otatool "
             "gzip'";
    case Errc::KeyUnusable:
      return "'otatool keygen' makes a key pair that works";
    case Errc::KeyWrongKind:
      return "signing takes the private key, verifying the public one; both must be RSA";
    case Errc::NotSigned:
      return "'otatool sign IMAGE --key KEY' signs it";
    case Errc::AlreadySigned:
      return "'otatool strip IMAGE -o OUT' removes the signature";
    case Errc::SignatureInvalid:
      return "the image was changed after signing, or signed with another key: 'otatool pubkey KEY "
             "--format fingerprint' tells keys apart";
    case Errc::VerdictLost:
      return "look whether the device runs the new firmware before you upload again";
    case Errc::SomeFailed:
      return "the report names the devices that failed, each with its own reason";
  }
  return {};
}

std::string usage_hint(std::string_view command) {
  if (command.empty()) {
    return "'otatool help' lists the commands";
  }
  return "'otatool help " + std::string(command) + "' shows its options, with examples";
}

std::string did_you_mean(std::string_view nearest) {
  return "did you mean '" + std::string(nearest) + "'?";
}

}  // namespace otatool::cli
