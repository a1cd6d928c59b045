#include "app/devices/subnet.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <netinet/in.h>
#include <optional>

#include "otatool/number.hpp"

#include "app/devices/host_kind.hpp"

namespace otatool::app {
namespace {

constexpr unsigned kFewestBits = 22;

std::optional<std::uint32_t> ipv4_number(std::string_view text) {
  in_addr parsed{};
  return inet_pton(AF_INET, std::string(text).c_str(), &parsed) == 1
             ? std::optional(ntohl(parsed.s_addr))
             : std::nullopt;
}

}  // namespace

bool is_subnet(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos &&
         address_family(text.substr(0, slash)) != AddressFamily::None;
}

Result<std::vector<std::string>> hosts_of_subnet(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = ipv4_number(text.substr(0, slash));
  const auto bits = parse_number<unsigned>(text.substr(std::min(slash + 1, text.size())));
  if (!address || !bits || *bits < kFewestBits || *bits > 32) {
    return fail(Errc::Usage,
                fmt::format("'{}' is not an IPv4 subnet of {} to 32 bits, such as 192.168.1.0/24",
                            text,
                            kFewestBits));
  }
  const std::uint32_t count = std::uint32_t{1} << (32U - *bits);
  const std::uint32_t network = *address & ~(count - 1);
  const std::uint32_t ends = count > 2 ? 1 : 0;  // a subnet of 31 or 32 bits has only hosts
  std::vector<std::string> hosts;
  for (std::uint32_t host = network + ends; host < network + count - ends; ++host) {
    hosts.push_back(fmt::format(
        "{}.{}.{}.{}", host >> 24U, host >> 16U & 0xFFU, host >> 8U & 0xFFU, host & 0xFFU));
  }
  return hosts;
}

}  // namespace otatool::app
