#include "cli/signing/signed_output.hpp"

#include <array>

#include "files/output_file.hpp"

namespace otatool::cli {

Result<void> write_signed(const app::SigningInput& input,
                          const signing::PrivateKey& key,
                          const SignedOutput& output) {
  TRY(const auto content, app::signed_bytes(input, key, input.form));
  if (!output.legacy_path) {
    return files::write_file({.path = output.path, .content = content});
  }
  if (input.form != SignatureForm::Esp8266) {
    return fail(Errc::Usage, "the legacy form accompanies only the esp8266 form");
  }
  TRY(const auto legacy, app::signed_bytes(input, key, SignatureForm::Esp8266Legacy));
  const std::array files = {files::OutputFile{.path = output.path, .content = content},
                            files::OutputFile{.path = *output.legacy_path, .content = legacy}};
  return files::write_files(files);
}

}  // namespace otatool::cli
