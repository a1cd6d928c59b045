// The attestation of a signed image: an in-toto statement with the provenance of SLSA.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/signing/key.hpp"

#include "app/release/signed_release.hpp"
#include "cli/signing/ci_run.hpp"

namespace otatool::cli {

/// A file that was signed.
struct AttestedFile {
  std::string path;
  Bytes content;
};

inline constexpr std::string_view kStatementType = "application/vnd.in-toto+json";

/// Statement v1 about `files`, the signed forms of `input`, with a predicate of SLSA provenance v1:
/// commit and run of `run`, form and fingerprint of the signature, digest of the bytes that were
/// signed. Has no time and no random values.
[[nodiscard]] std::string attestation(const app::SigningInput& input,
                                      const std::vector<AttestedFile>& files,
                                      const signing::PublicKey& key,
                                      const std::optional<CiRun>& run);

}  // namespace otatool::cli
