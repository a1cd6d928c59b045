#include "cli/io/exit_codes.hpp"

namespace otatool::cli {

// Its length is that of the list of codes: NOLINTNEXTLINE(readability-function-size)
int exit_code(Errc code) {
  switch (code) {
    case Errc::Internal:
    case Errc::OutputFailed:
    case Errc::OutputExists:
    case Errc::StoreFailed:
    case Errc::StoreInUse:
    case Errc::StoreSchema:
      return kInternalFailure;
    case Errc::Usage:
      return kUsageError;
    case Errc::Interrupted:
      return kInterrupted;
    case Errc::NotFound:
      return kTargetNotFound;
    case Errc::PasswordNeeded:
    case Errc::PasswordRefused:
    case Errc::PassphraseNeeded:
    case Errc::ConfirmationNeeded:
    case Errc::WeakChallenge:
    case Errc::UnknownChallenge:
    case Errc::EncryptionNeeded:
    case Errc::EncryptionMissing:
    case Errc::EncryptionRefused:
    case Errc::PinRefused:
    case Errc::TokenLocked:
      return kAuthenticationFailed;
    case Errc::NoAnswer:
    case Errc::PortClosed:
    case Errc::HostUnreachable:
    case Errc::SilentAfterAuth:
    case Errc::NoConnectionBack:
    case Errc::OnlyStrangers:
    case Errc::Stalled:
    case Errc::ConnectionReset:
    case Errc::ConnectionClosed:
    case Errc::ListenFailed:
    case Errc::NetworkFailed:
    case Errc::UntrustedServer:
      return kNetworkFailed;
    case Errc::DeviceRefused:
    case Errc::DeviceReported:
    case Errc::OldVersion:
      return kDeviceFailed;
    case Errc::FileUnreadable:
    case Errc::NotAnImage:
    case Errc::WrongKind:
    case Errc::BrokenPackage:
    case Errc::BrokenPatch:
    case Errc::OtherImage:
    case Errc::DoesNotFit:
      return kBadInput;
    case Errc::KeyUnusable:
    case Errc::KeyWrongKind:
    case Errc::NotSigned:
    case Errc::AlreadySigned:
    case Errc::SignatureInvalid:
    case Errc::SignerFailed:
    case Errc::ModuleMissing:
    case Errc::TokenKey:
      return kBadSignatureOrKey;
    case Errc::VerdictLost:
    case Errc::DeviceLost:
      return kResultUnknown;
    case Errc::SomeFailed:
      return kSomeTargetsFailed;
  }
  return kInternalFailure;
}

}  // namespace otatool::cli
