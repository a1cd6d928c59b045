// Verifies the signature of a file: those of this project's forms, and Secure Boot signatures.
#pragma once

#include "otatool/signing/signed_image.hpp"

#include "app/examined_file.hpp"

namespace otatool::app {

/// Verifies the last signature of the file with `key`. A Secure Boot v2 signature is valid if one
/// of its blocks carries `key` and verifies.
[[nodiscard]] signing::Verification verify(const ExaminedFile& file, const signing::PublicKey& key);

}  // namespace otatool::app
