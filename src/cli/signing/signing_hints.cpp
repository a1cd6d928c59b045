#include "cli/signing/signing_hints.hpp"

#include <string_view>

#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

std::string_view signing_hint(Errc code) {
  switch (code) {
    case Errc::NotAnImage:
      return "give the .bin file of the build, not the .elf; --force signs it all the same";
    case Errc::WrongKind:
      return "'otatool info FILE' shows its kind; --format selects the devices";
    case Errc::AlreadySigned:
      return "--force replaces the signature; 'otatool strip IMAGE -o OUT' removes it";
    case Errc::SignatureInvalid:
      return "'otatool digest IMAGE --pubkey KEY' prints the digest and the operation of the "
             "signer";
    default:
      return {};
  }
}

}  // namespace

Result<int> signing_failure(Messages& messages, const Error& error) {
  const std::string_view hint = signing_hint(error.code());
  if (hint.empty()) {
    return fail(error);
  }
  messages.error(error, hint);
  return exit_code(error.code());
}

}  // namespace otatool::cli
