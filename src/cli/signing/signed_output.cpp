#include "cli/signing/signed_output.hpp"

#include <vector>

#include "otatool/signing/dsse.hpp"

#include "cli/io/terminal.hpp"
#include "cli/signing/attestation.hpp"
#include "cli/signing/ci_run.hpp"
#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

Result<std::string> signed_attestation(const app::SigningInput& input,
                                       const std::vector<AttestedFile>& files,
                                       const signing::Signer& signer) {
  if (input.form == SignatureForm::Esp8266Legacy) {
    return fail(Errc::Usage, "an attestation needs another form than esp8266-legacy");
  }
  const auto run = find_ci_run(environment);
  const std::string statement = attestation(input, files, signer.public_half(), run);
  return signing::dsse_envelope(kStatementType, statement, signer, input.form, input.hash);
}

}  // namespace

Result<void> write_signed(const app::SigningInput& input,
                          const signing::Signer& signer,
                          const SignedOutput& output) {
  TRY(const auto content, app::signed_bytes(input, signer, input.form));
  std::vector<AttestedFile> signed_files = {{output.path, content}};
  std::vector<std::uint8_t> legacy;
  if (output.legacy_path) {
    if (input.form != SignatureForm::Esp8266) {
      return fail(Errc::Usage, "the legacy form accompanies only the esp8266 form");
    }
    TRY(legacy, app::signed_bytes(input, signer, SignatureForm::Esp8266Legacy));
    signed_files.push_back({*output.legacy_path, legacy});
  }
  std::vector<files::OutputFile> files;
  files.reserve(signed_files.size() + 1);
  for (const AttestedFile& file : signed_files) {
    files.push_back({.path = file.path, .content = file.content});
  }
  std::string envelope;
  if (output.attestation_path) {
    TRY(envelope, signed_attestation(input, signed_files, signer));
    files.push_back({.path = *output.attestation_path,
                     .content = as_bytes(envelope),
                     .kind = files::ContentKind::Text});
  }
  return files::write_files(files);
}

}  // namespace otatool::cli
