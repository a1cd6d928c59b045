#include "device/receiver/stored_password.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include "otatool/bytes.hpp"

#include "firmware/core/digest/md5.hpp"
#include "firmware/core/digest/software_sha256.hpp"

namespace otatool::device {

Secret stored_form(const Secret& password, wire::AuthHash hash) {
  const std::string_view text = password.reveal();
  if (hash == wire::AuthHash::Md5) {
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

wire::AuthHash auth_hash(const DeviceOptions& options) {
  return options.password.empty() ? wire::AuthHash::None : options.auth;
}

}  // namespace otatool::device
