#include "firmware/qemu/board/nic_netif.hpp"

#include <string.h>

#include "firmware/qemu/board/nic.hpp"
#include "lwip/etharp.h"
#include "lwip/pbuf.h"
#include "netif/ethernet.h"

namespace otatool::firmware::board {
namespace {

constexpr uint8_t kMacAddress[] = {0x5E, 0xCF, 0x7F, 0x00, 0x82, 0x66};
constexpr u16_t kMtu = 1500;

err_t send_frame(netif*, pbuf* frame) {
  if (frame->tot_len > kMaxFrame) {
    return ERR_BUF;
  }
  nic_send(pbuf_copy_partial(frame, nic_outgoing(), frame->tot_len, 0));
  return ERR_OK;
}

err_t accept_groups(netif*, const ip4_addr_t*, netif_mac_filter_action) {
  return ERR_OK;
}

err_t set_up(netif* interface) {
  interface->name[0] = 'e';
  interface->name[1] = 'n';
  interface->output = etharp_output;
  interface->linkoutput = send_frame;
  interface->igmp_mac_filter = accept_groups;
  interface->mtu = kMtu;
  interface->hwaddr_len = sizeof(kMacAddress);
  memcpy(interface->hwaddr, kMacAddress, sizeof(kMacAddress));
  interface->flags =
      NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_IGMP | NETIF_FLAG_LINK_UP;
  nic_begin(kMacAddress);
  return ERR_OK;
}

}  // namespace

bool add_network(netif& interface) {
  ip4_addr_t address;
  ip4_addr_t mask;
  ip4_addr_t gateway;
  IP4_ADDR(&address, 10, 0, 2, 15);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  IP4_ADDR(&gateway, 10, 0, 2, 2);
  if (netif_add(&interface, &address, &mask, &gateway, nullptr, set_up, ethernet_input) ==
      nullptr) {
    return false;
  }
  netif_set_default(&interface);
  netif_set_up(&interface);
  return true;
}

void receive_frames(netif& interface) {
  size_t length = 0;
  while (const uint8_t* const frame = nic_frame(length)) {
    // Without memory the frame is lost, as on a real network.
    pbuf* const packet = pbuf_alloc(PBUF_RAW, static_cast<u16_t>(length), PBUF_POOL);
    if (packet != nullptr) {
      pbuf_take(packet, frame, static_cast<u16_t>(length));
    }
    nic_release();
    if (packet != nullptr && interface.input(packet, &interface) != ERR_OK) {
      pbuf_free(packet);
    }
  }
}

}  // namespace otatool::firmware::board
