// The socket of an Announcer on lwIP: port 5353 in the mDNS group, on one interface.
#pragma once

#include "firmware/core/mdns/announcer.hpp"
#include "lwip/netif.h"
#include "lwip/udp.h"

namespace otatool::firmware {

class LwipMdns {
 public:
  using Clock = uint32_t (*)();

  LwipMdns(Clock now, Announcer& announcer) : now_(now), announcer_(announcer) {}

  /// Joins the group and announces. False if lwIP lacks memory.
  bool begin(netif& interface);
  /// Sends what is due. Call in every turn of the main loop.
  void poll();

 private:
  static void on_udp(void* self, udp_pcb*, pbuf* packet, const ip_addr_t* from, u16_t port);
  void send(const MdnsReply& reply, const ip_addr_t& sender, u16_t port);

  Clock now_;
  Announcer& announcer_;
  udp_pcb* udp_ = nullptr;
};

}  // namespace otatool::firmware
