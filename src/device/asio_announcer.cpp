#include "device/asio_announcer.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include <boost/asio/ip/host_name.hpp>

#include "device/network_interfaces.hpp"
#include "firmware/core/hex.hpp"

namespace otatool::device {
namespace asio = boost::asio;
namespace ip = asio::ip;

std::string default_device_name(Chip chip, std::uint16_t port) {
  boost::system::error_code ignored;
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : ip::host_name(ignored) + ":" + std::to_string(port)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  std::array<std::uint8_t, 6> digits{};
  for (std::uint8_t& byte : digits) {
    byte = static_cast<std::uint8_t>(hash);
    hash >>= 8U;
  }
  std::string text(2 * digits.size(), '0');
  firmware::to_hex(digits.data(), digits.size(), text.data());
  return chip == Chip::Esp8266 ? "esp8266-" + text.substr(0, 6) : "esp32-" + text;
}

std::string host_label(const std::string& name) {
  std::string label = name;
  std::ranges::replace_if(
      label,
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
      },
      '-');
  return label;
}

AsioAnnouncer::AsioAnnouncer(asio::io_context& context, AnnounceOptions options, std::string type)
    : context_(context),
      options_(std::move(options)),
      type_(std::move(type)),
      host_(host_label(options_.name)) {}

Result<std::vector<std::string>> AsioAnnouncer::start(const ip::address& local,
                                                      std::uint16_t port,
                                                      std::vector<std::uint8_t> txt) {
  const auto all = multicast_interfaces();
  const auto interfaces = interfaces_for(local, all, options_.interfaces);
  if (!interfaces) {
    return fail(interfaces.error());
  }
  port_ = port;
  std::vector<std::string> names;
  std::optional<Error> error;
  for (const NetworkInterface& interface : *interfaces) {
    for (const ip::udp& family : {ip::udp::v4(), ip::udp::v6()}) {
      const bool wanted = std::ranges::any_of(interface.addresses, [&](const ip::address& address) {
        return address.is_v4() == (family == ip::udp::v4());
      });
      if (!wanted) {
        continue;
      }
      AsioMdnsLink& link = links_.emplace_back(context_, interface, family, options_.mdns_port);
      if (const auto opened = link.open(); !opened) {
        error = opened.error();
        links_.pop_back();
      } else if (names.empty() || names.back() != interface.name) {
        names.push_back(interface.name);
      }
    }
  }
  if (links_.empty()) {
    return fail(error.value_or(
        Error(Errc::ListenFailed, "no interface leads to " + local.to_string() + " by multicast")));
  }
  update(std::move(txt));
  return names;
}

void AsioAnnouncer::update(std::vector<std::uint8_t> txt) {
  if (txt == txt_) {
    return;
  }
  txt_ = std::move(txt);
  const firmware::Announcement announcement{
      .instance = {options_.name.data(), options_.name.size()},
      .host = {host_.data(), host_.size()},
      .port = port_,
      .txt = txt_.data(),
      .txt_length = txt_.size(),
      .addresses = {},
      .address_count = 0,
      .service = {type_.data(), type_.size()}};
  for (AsioMdnsLink& link : links_) {
    link.announce(announcement);
  }
}

void AsioAnnouncer::stop() {
  for (AsioMdnsLink& link : links_) {
    link.stop();
  }
}

}  // namespace otatool::device
