// Test certificates, made by openssl.
#pragma once

#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace otatool::test {

/// Writes a new P-256 key to the file `key`, and the output of `openssl req` with the options
/// `more` to the file `out`: a self-signed certificate, or without `-x509` a certificate request.
inline Outcome openssl_req(const std::string& key,
                           const std::string& out,
                           const std::string& common_name,
                           std::vector<std::string> more) {
  std::vector<std::string> words = {"req",
                                    "-newkey",
                                    "ec",
                                    "-pkeyopt",
                                    "ec_paramgen_curve:P-256",
                                    "-nodes",
                                    "-keyout",
                                    key,
                                    "-out",
                                    out,
                                    "-subj",
                                    "/CN=" + common_name};
  words.insert(words.end(), more.begin(), more.end());
  return run({.program = "/usr/bin/openssl", .arguments = words});
}

}  // namespace otatool::test
