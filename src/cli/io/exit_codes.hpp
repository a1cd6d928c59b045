// The exit codes of cli.md. Retired numbers are never reused.
#pragma once

#include "otatool/error.hpp"

namespace otatool::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kInternalFailure = 1;
inline constexpr int kUsageError = 2;
inline constexpr int kTargetNotFound = 3;
inline constexpr int kAuthenticationFailed = 4;
inline constexpr int kNetworkFailed = 5;
inline constexpr int kDeviceFailed = 6;
inline constexpr int kBadInput = 7;
inline constexpr int kBadSignatureOrKey = 8;
inline constexpr int kResultUnknown = 9;
inline constexpr int kSomeTargetsFailed = 10;
inline constexpr int kInterrupted = 130;

/// The exit code of an error (cli.md, exit codes).
[[nodiscard]] int exit_code(Errc code);

}  // namespace otatool::cli
