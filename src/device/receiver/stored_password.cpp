#include "device/receiver/stored_password.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include "otatool/bytes.hpp"

#include "firmware/core/digest/md5.hpp"
#include "firmware/core/digest/software_sha256.hpp"

namespace otatool::device {

Secret stored_form(const Secret& password, AuthHash hash) {
  const std::string_view text = password.reveal();
  if (hash == AuthHash::Md5) {
    std::array<std::uint8_t, firmware::Md5::kDigestLength> digest{};
    firmware::Md5 md5;
    md5.update(text.data(), text.size());
    md5.finish(digest.data());
    return Secret(to_hex(digest));
  }
  std::array<std::uint8_t, firmware::Sha256::kDigestLength> digest{};
  firmware::SoftwareSha256 sha256;
  sha256.update(text.data(), text.size());
  sha256.finish(digest.data());
  return Secret(to_hex(digest));
}

firmware::AuthScheme scheme_of(const DeviceOptions& options) {
  if (options.password.empty()) {
    return firmware::AuthScheme::None;
  }
  return options.auth == AuthHash::Md5 ? firmware::AuthScheme::Md5 : firmware::AuthScheme::Sha256;
}

}  // namespace otatool::device
