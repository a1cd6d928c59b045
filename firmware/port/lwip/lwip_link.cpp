#include "firmware/port/lwip/lwip_link.hpp"

#include <string.h>

namespace otatool::firmware {
namespace {

Random* random_source = nullptr;

}  // namespace

void set_lwip_random(Random& random) {
  random_source = &random;
}

bool LwipLink::begin(Receiver& receiver, uint16_t port) {
  receiver_ = &receiver;
  udp_ = udp_new_ip_type(IPADDR_TYPE_ANY);
  if (udp_ == nullptr || udp_bind(udp_, IP_ANY_TYPE, port) != ERR_OK) {
    end();
    return false;
  }
  udp_recv(udp_, on_udp, this);
  return true;
}

void LwipLink::end() {
  connection_.drop();
  if (udp_ != nullptr) {
    udp_remove(udp_);
    udp_ = nullptr;
  }
  for (size_t i = 0; i < waiting_count_; ++i) {
    pbuf_free(waiting_[i].packet);
  }
  waiting_count_ = 0;
}

void LwipLink::poll() {
  pass_datagrams();
  connection_.poll();
}

void LwipLink::on_udp(void* self, udp_pcb*, pbuf* packet, const ip_addr_t* from, u16_t port) {
  auto& link = *static_cast<LwipLink*>(self);
  if (packet->tot_len > kMaxDatagram || link.waiting_count_ == kMaxWaiting) {
    pbuf_free(packet);
    return;
  }
  link.waiting_[link.waiting_count_++] = {packet, endpoint_of(*from, port)};
}

// The callbacks may run while the receiver works on flash: another datagram may be queued then.
void LwipLink::pass_datagrams() {
  while (waiting_count_ != 0) {
    const Datagram datagram = waiting_[0];
    --waiting_count_;
    for (size_t i = 0; i < waiting_count_; ++i) {
      waiting_[i] = waiting_[i + 1];
    }
    char bytes[kMaxDatagram];
    const size_t length = pbuf_copy_partial(datagram.packet, bytes, datagram.packet->tot_len, 0);
    pbuf_free(datagram.packet);
    if (listener_ == nullptr || !listener_->handles(datagram.from, bytes, length)) {
      receiver_->on_datagram(datagram.from, bytes, length, now_());
    }
  }
}

void LwipLink::send_datagram(const Endpoint& to, const char* bytes, size_t length) {
  pbuf* const packet = pbuf_alloc(PBUF_TRANSPORT, static_cast<u16_t>(length), PBUF_RAM);
  if (packet == nullptr) {
    return;
  }
  memcpy(packet->payload, bytes, length);
  const ip_addr_t address = address_of(to);
  udp_sendto(udp_, packet, &address, to.port);
  pbuf_free(packet);
}

}  // namespace otatool::firmware

extern "C" uint32_t otatool_lwip_random(void) {
  uint32_t number = 0;
  otatool::firmware::random_source->fill(reinterpret_cast<uint8_t*>(&number), sizeof(number));
  return number;
}
