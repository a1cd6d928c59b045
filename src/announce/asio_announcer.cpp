#include "announce/asio_announcer.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "otatool/ascii.hpp"

#include "announce/network_interfaces.hpp"

namespace otatool::announce {
namespace asio = boost::asio;
namespace ip = asio::ip;

std::string host_label(const std::string& name) {
  std::string label = name;
  std::ranges::replace_if(
      label, [](char c) { return !is_letter(c) && !is_digit(c); }, '-');
  return label;
}

std::string numbered_name(const std::string& name, unsigned number) {
  constexpr std::size_t kLongestLabel = 63;
  const std::string ending = "-" + std::to_string(number);
  std::size_t length = std::min(name.size(), kLongestLabel - ending.size());
  while (length < name.size() && (static_cast<unsigned char>(name[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  return name.substr(0, length) + ending;
}

std::vector<std::uint8_t> txt_data(const std::vector<std::string>& texts) {
  std::vector<std::uint8_t> data;
  for (const std::string& text : texts) {
    data.push_back(static_cast<std::uint8_t>(text.size()));
    data.insert(data.end(), text.begin(), text.end());
  }
  return data;
}

AsioAnnouncer::AsioAnnouncer(asio::io_context& context, AnnounceOptions options, std::string type)
    : context_(context),
      options_(std::move(options)),
      type_(std::move(type)),
      name_(options_.name),
      host_(host_label(name_)) {}

Result<void> AsioAnnouncer::start(const ip::address& local,
                                  std::uint16_t port,
                                  std::vector<std::uint8_t> txt,
                                  Listener listener) {
  const auto all = multicast_interfaces();
  TRY(const auto interfaces, interfaces_for(local, all, options_.interfaces));
  port_ = port;
  txt_ = std::move(txt);
  listener_ = std::move(listener);
  std::optional<Error> error;
  for (const NetworkInterface& interface : interfaces) {
    for (const ip::udp& family : {ip::udp::v4(), ip::udp::v6()}) {
      const bool wanted = std::ranges::any_of(interface.addresses, [&](const ip::address& address) {
        return address.is_v4() == (family == ip::udp::v4());
      });
      if (!wanted) {
        continue;
      }
      AsioMdnsLink& link = links_.emplace_back(
          context_, interface, family, options_.mdns_port, own_, [this] { on_claim(); });
      if (const auto opened = link.open(); !opened) {
        error = opened.error();
        links_.pop_back();
      } else if (interfaces_.empty() || interfaces_.back() != interface.name) {
        interfaces_.push_back(interface.name);
      }
    }
  }
  if (links_.empty()) {
    return fail(error.value_or(
        Error(Errc::ListenFailed, "no interface leads to " + local.to_string() + " by multicast")));
  }
  claim();
  return {};
}

firmware::Announcement AsioAnnouncer::announcement() const {
  return {.instance = {name_.data(), name_.size()},
          .host = {host_.data(), host_.size()},
          .port = port_,
          .txt = txt_.data(),
          .txt_length = txt_.size(),
          .addresses = {},
          .address_count = 0,
          .service = {type_.data(), type_.size()}};
}

void AsioAnnouncer::claim() {
  for (AsioMdnsLink& link : links_) {
    link.claim(announcement());
  }
}

/// A name in use on one network is given up on all.
void AsioAnnouncer::on_claim() {
  using Claim = firmware::ProbingAnnouncer::Claim;
  if (std::ranges::any_of(links_, [](const auto& link) { return link.claim() == Claim::Taken; })) {
    name_ = numbered_name(options_.name, ++number_);
    host_ = host_label(name_);
    claim();
    return;
  }
  const bool own =
      std::ranges::all_of(links_, [](const auto& link) { return link.claim() == Claim::Own; });
  if (own && reported_ != name_) {
    reported_ = name_;
    if (listener_) {
      listener_({name_, host_, interfaces_});
    }
  }
}

void AsioAnnouncer::update(std::vector<std::uint8_t> txt) {
  if (txt == txt_) {
    return;
  }
  txt_ = std::move(txt);
  for (AsioMdnsLink& link : links_) {
    link.announce(announcement());
  }
}

void AsioAnnouncer::stop() {
  for (AsioMdnsLink& link : links_) {
    link.stop();
  }
}

}  // namespace otatool::announce
