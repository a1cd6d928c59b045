#include "cli/signing/signed_output.hpp"

#include <array>
#include <vector>

#include "files/output_file.hpp"

namespace otatool::cli {
namespace {

using signing::SignatureForm;
using FileContent = std::vector<std::uint8_t>;

Result<FileContent> signed_content(const SigningInput& input,
                                   const signing::Digest& digest,
                                   const signing::PrivateKey& key,
                                   SignatureForm form) {
  const auto trailer = signing::sign(digest, key, form);
  if (!trailer) {
    return fail(trailer.error().with_context(input.path));
  }
  FileContent content;
  content.reserve(input.payload.size() + trailer->size());
  content.insert(content.end(), input.payload.begin(), input.payload.end());
  content.insert(content.end(), trailer->begin(), trailer->end());
  return content;
}

Result<void> check_legacy(const SigningInput& input) {
  if (input.form != SignatureForm::Esp8266) {
    return fail(Errc::Usage, "only beside the esp8266 form there is a legacy one");
  }
  if (input.examined.file.kind == image::Kind::Gzip) {
    return fail(Error(Errc::WrongKind,
                      "the cores that want the legacy form, 2.5.0 to 2.5.2, do not unpack gzip "
                      "packages")
                    .with_context(input.path));
  }
  return {};
}

}  // namespace

Result<void> write_signed(const SigningInput& input,
                          const signing::PrivateKey& key,
                          const SignedOutput& output) {
  const auto digest = signing::digest_of(input.payload, input.hash);
  const auto content = signed_content(input, digest, key, input.form);
  if (!content) {
    return fail(content.error());
  }
  if (!output.legacy_path) {
    return files::write_file({.path = output.path, .content = *content});
  }
  if (auto possible = check_legacy(input); !possible) {
    return possible;
  }
  const auto legacy = signed_content(input, digest, key, SignatureForm::Esp8266Legacy);
  if (!legacy) {
    return fail(legacy.error());
  }
  const std::array files = {files::OutputFile{.path = output.path, .content = *content},
                            files::OutputFile{.path = *output.legacy_path, .content = *legacy}};
  return files::write_files(files);
}

}  // namespace otatool::cli
