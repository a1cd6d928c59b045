#include "cli/discover/ip_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>

namespace otatool::cli {

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

}  // namespace otatool::cli
