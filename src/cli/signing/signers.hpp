// What signs: the key of --key, or the program of --signer with the key of --pubkey.
#pragma once

#include <memory>

#include "otatool/result.hpp"
#include "otatool/signing/key.hpp"

#include "cli/frame/command.hpp"

namespace otatool::cli {

class Invocation;

inline constexpr Option kSignerOption = {
    .name = "signer",
    .value = "COMMAND",
    .help = "sign with COMMAND: digest on stdin, raw signature on stdout; needs --pubkey"};

/// The signer that the options name. Usage if they contradict each other or none is given; errors
/// of load_private_key and load_public_key.
[[nodiscard]] Result<std::unique_ptr<signing::Signer>> load_signer(Invocation& invocation);

}  // namespace otatool::cli
