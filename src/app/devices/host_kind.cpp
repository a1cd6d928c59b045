#include "app/devices/host_kind.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>

#include "otatool/ascii.hpp"

namespace otatool::app {

AddressFamily address_family(std::string_view text) {
  const std::size_t percent = text.find('%');
  const std::string address(text.substr(0, percent));
  in6_addr parsed{};
  if (percent == std::string_view::npos && inet_pton(AF_INET, address.c_str(), &parsed) == 1) {
    return AddressFamily::IPv4;
  }
  const bool empty_zone = percent != std::string_view::npos && percent + 1 == text.size();
  return !empty_zone && inet_pton(AF_INET6, address.c_str(), &parsed) == 1 ? AddressFamily::IPv6
                                                                           : AddressFamily::None;
}

bool lacks_zone(std::string_view text) {
  in6_addr parsed{};
  return text.find('%') == std::string_view::npos &&
         inet_pton(AF_INET6, std::string(text).c_str(), &parsed) == 1 &&
         IN6_IS_ADDR_LINKLOCAL(&parsed);
}

bool is_host_name(std::string_view host) {
  return address_family(host) == AddressFamily::None && !host.empty() &&
         std::ranges::all_of(host, [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

NameKind kind_of_name(std::string_view host) {
  if (address_family(host) != AddressFamily::None) {
    return NameKind::Address;
  }
  const std::string name =
      lower_case(host.substr(0, host.ends_with('.') ? host.size() - 1 : host.size()));
  if (name.ends_with(".local") || !is_host_name(name)) {
    return NameKind::Mdns;
  }
  if (name == "localhost") {
    return NameKind::Own;
  }
  return name.find('.') == std::string::npos ? NameKind::Either : NameKind::Dotted;
}

bool may_be_mdns(std::string_view host) {
  const NameKind kind = kind_of_name(host);
  return kind != NameKind::Address && kind != NameKind::Own;
}

}  // namespace otatool::app
