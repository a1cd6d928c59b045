#include "cli/io/exit_codes.hpp"

namespace otatool::cli {

int exit_code(Errc code) {
  switch (code) {
    case Errc::Internal:
    case Errc::OutputFailed:
    case Errc::OutputExists:
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
      return kDeviceFailed;
    case Errc::FileUnreadable:
    case Errc::NotAnImage:
    case Errc::WrongKind:
    case Errc::BrokenPackage:
    case Errc::DoesNotFit:
      return kBadInput;
    case Errc::KeyUnusable:
    case Errc::KeyWrongKind:
    case Errc::NotSigned:
    case Errc::AlreadySigned:
    case Errc::SignatureInvalid:
      return kBadSignatureOrKey;
    case Errc::VerdictLost:
      return kResultUnknown;
    case Errc::SomeFailed:
      return kSomeTargetsFailed;
  }
  return kInternalFailure;
}

}  // namespace otatool::cli
