#include "device/receiver/asio_default_name.hpp"

#include <array>

#include <boost/asio/ip/host_name.hpp>

#include "firmware/core/digest/hex.hpp"

namespace otatool::device {

std::string default_device_name(ChipFamily chip, std::uint16_t port) {
  boost::system::error_code ignored;
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : boost::asio::ip::host_name(ignored) + ":" + std::to_string(port)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  std::array<std::uint8_t, 6> digits{};
  for (std::uint8_t& byte : digits) {
    byte = static_cast<std::uint8_t>(hash);
    hash >>= 8U;
  }
  std::string text(2 * digits.size(), '0');
  firmware::to_hex(digits.data(), digits.size(), text.data());
  return chip == ChipFamily::Esp8266 ? "esp8266-" + text.substr(0, 6) : "esp32-" + text;
}

}  // namespace otatool::device
