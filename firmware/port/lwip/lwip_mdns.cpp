#include "firmware/port/lwip/lwip_mdns.hpp"

#include <string.h>

#include "firmware/port/lwip/lwip_connection.hpp"
#include "lwip/igmp.h"

namespace otatool::firmware {
namespace {

constexpr u8_t kTimeToLive = 255;

ip_addr_t group() {
  ip_addr_t address{};
  IP_ADDR4(&address, kMdnsGroupIpv4[0], kMdnsGroupIpv4[1], kMdnsGroupIpv4[2], kMdnsGroupIpv4[3]);
  return address;
}

}  // namespace

bool LwipMdns::begin(netif& interface) {
  udp_ = udp_new();
  if (udp_ == nullptr || udp_bind(udp_, IP_ADDR_ANY, kMdnsPort) != ERR_OK) {
    return false;
  }
  udp_->ttl = kTimeToLive;
  udp_set_multicast_ttl(udp_, kTimeToLive);
  udp_recv(udp_, on_udp, this);
  const ip_addr_t mdns = group();
  if (igmp_joingroup_netif(&interface, ip_2_ip4(&mdns)) != ERR_OK) {
    return false;
  }
  announcer_.announce(now_());
  return true;
}

void LwipMdns::poll() {
  for (MdnsReply reply = announcer_.poll(now_()); reply.to != MdnsReply::To::None;
       reply = announcer_.poll(now_())) {
    send(reply, group(), kMdnsPort);
  }
}

void LwipMdns::on_udp(void* self, udp_pcb*, pbuf* packet, const ip_addr_t* from, u16_t port) {
  auto& mdns = *static_cast<LwipMdns*>(self);
  // A chained packet is larger than any query.
  if (packet->len == packet->tot_len) {
    const MdnsReply reply =
        mdns.announcer_.on_datagram(endpoint_of(*from, port),
                                    static_cast<const uint8_t*>(packet->payload),
                                    packet->len,
                                    mdns.now_());
    mdns.send(reply, *from, port);
  }
  pbuf_free(packet);
}

void LwipMdns::send(const MdnsReply& reply, const ip_addr_t& sender, u16_t port) {
  if (reply.to == MdnsReply::To::None) {
    return;
  }
  pbuf* const packet = pbuf_alloc(PBUF_TRANSPORT, static_cast<u16_t>(reply.length), PBUF_RAM);
  if (packet == nullptr) {
    return;
  }
  memcpy(packet->payload, reply.bytes, reply.length);
  const bool to_group = reply.to == MdnsReply::To::Group;
  const ip_addr_t target = to_group ? group() : sender;
  udp_sendto(udp_, packet, &target, to_group ? kMdnsPort : port);
  pbuf_free(packet);
}

}  // namespace otatool::firmware
