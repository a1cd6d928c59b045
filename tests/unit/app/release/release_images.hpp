// Images and keys for the tests of releases.
#pragma once

#include <string_view>
#include <utility>

#include "otatool/gzip/pack.hpp"
#include "otatool/signing/key.hpp"

#include "app/examined_file.hpp"
#include "tests/golden/signing/test_keys.hpp"
#include "tests/support/image_builder.hpp"

namespace otatool::app {

inline ExaminedFile examined(support::Blob bytes) {
  ExaminedFile file{"fw.bin", std::move(bytes), {}};
  file.examined = examine_bytes(file.bytes);
  return file;
}

inline ExaminedFile sketch() {
  return examined(support::arduino_image());
}

inline ExaminedFile package() {
  return examined(gzip::pack(support::arduino_image()).value());
}

inline signing::PrivateKey private_key(std::string_view name = "rsa-2048.pem") {
  return signing::PrivateKey::load(testing::key_file(name)).value();
}

}  // namespace otatool::app
