// Errors as values. Each code has one exit code (src/cli/io/exit_codes.cpp) and at most one general
// hint (src/cli/io/hints.cpp). A message says what happened, and a hint says what to do.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace otatool {

enum class Errc {
  Internal,
  OutputFailed,  ///< stdout or an output file could not be written
  OutputExists,  ///< an output file exists and may not be overwritten
  Usage,
  Interrupted,
  StoreFailed,  ///< the store of a server cannot be opened, read or written
  StoreInUse,   ///< another server has the file of the store
  StoreSchema,  ///< another version of otatool made the tables of the store

  NotFound,  ///< a name does not resolve, or no device matches

  PasswordNeeded,
  PasswordRefused,
  PassphraseNeeded,
  ConfirmationNeeded,  ///< a question was not answered with yes
  WeakChallenge,       ///< an MD5 challenge although SHA-256 was required
  UnknownChallenge,    ///< a nonce of neither 32 nor 64 hex digits
  EncryptionNeeded,    ///< the device takes only encrypted updates
  EncryptionMissing,   ///< there is a key for the device, which offers no encryption
  EncryptionRefused,   ///< host and device have different keys
  PinRefused,          ///< by a PKCS#11 token
  TokenLocked,         ///< a PKCS#11 token accepts no PIN any more

  NoAnswer,
  PortClosed,       ///< ICMP: the host is up, nothing listens there
  HostUnreachable,  ///< no route, or no ARP answer
  SilentAfterAuth,
  NoConnectionBack,
  OnlyStrangers,  ///< connections came only from other addresses than the device's
  Stalled,
  ConnectionReset,
  ConnectionClosed,
  ListenFailed,
  NetworkFailed,
  UntrustedServer,  ///< a TLS certificate that does not verify

  DeviceRefused,   ///< the device answered the invitation with an error
  DeviceReported,  ///< the device sent an error text during or after the transfer

  FileUnreadable,
  NotAnImage,
  WrongKind,  ///< an image that this device does not accept this way
  BrokenPackage,
  BrokenPatch,
  OtherImage,  ///< not the image that a patch was made for
  DoesNotFit,

  KeyUnusable,
  KeyWrongKind,
  NotSigned,
  AlreadySigned,
  SignatureInvalid,
  SignerFailed,   ///< the program of an external signer, or a PKCS#11 module
  ModuleMissing,  ///< no PKCS#11 module can be loaded
  TokenKey,       ///< no key in a PKCS#11 token matches, or several do

  VerdictLost,  ///< everything was delivered, but no verdict came
  DeviceLost,   ///< accepted the image and did not come back
  OldVersion,   ///< accepted the image and does not run it
  SomeFailed,
};

/// The stable name of a code in JSON (`error.code`): lower-case words joined by hyphens.
// Its length is that of the list of codes: NOLINTNEXTLINE(readability-function-size)
constexpr std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::Internal:
      return "internal";
    case Errc::OutputFailed:
      return "output-failed";
    case Errc::OutputExists:
      return "output-exists";
    case Errc::Usage:
      return "usage";
    case Errc::Interrupted:
      return "interrupted";
    case Errc::StoreFailed:
      return "store-failed";
    case Errc::StoreInUse:
      return "store-in-use";
    case Errc::StoreSchema:
      return "store-schema";
    case Errc::NotFound:
      return "not-found";
    case Errc::PasswordNeeded:
      return "password-needed";
    case Errc::PasswordRefused:
      return "password-refused";
    case Errc::PassphraseNeeded:
      return "passphrase-needed";
    case Errc::ConfirmationNeeded:
      return "confirmation-needed";
    case Errc::WeakChallenge:
      return "weak-challenge";
    case Errc::UnknownChallenge:
      return "unknown-challenge";
    case Errc::EncryptionNeeded:
      return "encryption-needed";
    case Errc::EncryptionMissing:
      return "encryption-missing";
    case Errc::EncryptionRefused:
      return "encryption-refused";
    case Errc::PinRefused:
      return "pin-refused";
    case Errc::TokenLocked:
      return "token-locked";
    case Errc::NoAnswer:
      return "no-answer";
    case Errc::PortClosed:
      return "port-closed";
    case Errc::HostUnreachable:
      return "host-unreachable";
    case Errc::SilentAfterAuth:
      return "silent-after-auth";
    case Errc::NoConnectionBack:
      return "no-connection-back";
    case Errc::OnlyStrangers:
      return "only-strangers";
    case Errc::Stalled:
      return "stalled";
    case Errc::ConnectionReset:
      return "connection-reset";
    case Errc::ConnectionClosed:
      return "connection-closed";
    case Errc::ListenFailed:
      return "listen-failed";
    case Errc::NetworkFailed:
      return "network-failed";
    case Errc::UntrustedServer:
      return "untrusted-server";
    case Errc::DeviceRefused:
      return "device-refused";
    case Errc::DeviceReported:
      return "device-reported";
    case Errc::FileUnreadable:
      return "file-unreadable";
    case Errc::NotAnImage:
      return "not-an-image";
    case Errc::WrongKind:
      return "wrong-kind";
    case Errc::BrokenPackage:
      return "broken-package";
    case Errc::BrokenPatch:
      return "broken-patch";
    case Errc::OtherImage:
      return "other-image";
    case Errc::DoesNotFit:
      return "does-not-fit";
    case Errc::KeyUnusable:
      return "key-unusable";
    case Errc::KeyWrongKind:
      return "key-wrong-kind";
    case Errc::NotSigned:
      return "not-signed";
    case Errc::AlreadySigned:
      return "already-signed";
    case Errc::SignatureInvalid:
      return "signature-invalid";
    case Errc::SignerFailed:
      return "signer-failed";
    case Errc::ModuleMissing:
      return "module-missing";
    case Errc::TokenKey:
      return "token-key";
    case Errc::VerdictLost:
      return "verdict-lost";
    case Errc::DeviceLost:
      return "device-lost";
    case Errc::OldVersion:
      return "old-version";
    case Errc::SomeFailed:
      return "some-failed";
  }
  return "internal";
}

/// A failure: its code, and one lower-case sentence without a full stop that quotes the bad value.
class Error {
 public:
  Error(Errc code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] Errc code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

  /// Adds the prefix `context: `; each layer adds one at most (the file, the host).
  [[nodiscard]] Error with_context(std::string_view context) const {
    return {code_, std::string(context) + ": " + message_};
  }

  friend bool operator==(const Error&, const Error&) = default;

 private:
  Errc code_;
  std::string message_;
};

}  // namespace otatool
