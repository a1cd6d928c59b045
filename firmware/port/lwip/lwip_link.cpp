#include "firmware/port/lwip/lwip_link.hpp"

#include <string.h>

namespace otatool::firmware {
namespace {

Random* random_source = nullptr;

}  // namespace

void set_lwip_random(Random& random) {
  random_source = &random;
}

Endpoint endpoint_of(const ip_addr_t& address, uint16_t port) {
  Endpoint endpoint{{}, 4, 0, port};
  const uint32_t bytes = ip4_addr_get_u32(&address);
  memcpy(endpoint.address, &bytes, sizeof(bytes));
  return endpoint;
}

ip_addr_t address_of(const Endpoint& endpoint) {
  uint32_t bytes = 0;
  memcpy(&bytes, endpoint.address, sizeof(bytes));
  ip_addr_t address;
  ip4_addr_set_u32(&address, bytes);
  return address;
}

bool LwipLink::begin(Receiver& receiver, uint16_t port) {
  receiver_ = &receiver;
  udp_ = udp_new();
  if (udp_ == nullptr || udp_bind(udp_, IP_ADDR_ANY, port) != ERR_OK) {
    return false;
  }
  udp_recv(udp_, on_udp, this);
  return true;
}

void LwipLink::poll() {
  if (connect_failed_) {
    connect_failed_ = false;
    receiver_->on_connect_failed(now_());
  }
}

void LwipLink::on_udp(void* self, udp_pcb*, pbuf* packet, const ip_addr_t* from, u16_t port) {
  auto& link = *static_cast<LwipLink*>(self);
  char bytes[kMaxDatagram];
  // No message of the protocol is longer.
  const bool fits = packet->tot_len <= sizeof(bytes);
  const size_t length = fits ? pbuf_copy_partial(packet, bytes, packet->tot_len, 0) : 0;
  const Endpoint sender = endpoint_of(*from, port);
  pbuf_free(packet);
  if (fits && !link.listener_.handles(sender, bytes, length)) {
    link.receiver_->on_datagram(sender, bytes, length, link.now_());
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

void LwipLink::connect(const Endpoint& to) {
  connected_ = false;
  tcp_ = tcp_new();
  if (tcp_ == nullptr) {
    connect_failed_ = true;
    return;
  }
  tcp_arg(tcp_, this);
  tcp_err(tcp_, on_tcp_error);
  tcp_recv(tcp_, on_tcp_data);
  tcp_nagle_disable(tcp_);
  const ip_addr_t address = address_of(to);
  if (tcp_connect(tcp_, &address, to.port, on_tcp_connected) != ERR_OK) {
    drop();
    connect_failed_ = true;
  }
}

err_t LwipLink::on_tcp_connected(void* self, tcp_pcb*, err_t) {
  auto& link = *static_cast<LwipLink*>(self);
  link.connected_ = true;
  link.receiver_->on_connected(link.now_());
  return link.tcp_ == nullptr ? ERR_ABRT : ERR_OK;
}

err_t LwipLink::on_tcp_data(void* self, tcp_pcb* pcb, pbuf* packet, err_t) {
  return static_cast<LwipLink*>(self)->on_data(pcb, packet);
}

err_t LwipLink::on_data(tcp_pcb* pcb, pbuf* packet) {
  if (packet == nullptr) {
    detach();
    // Does nothing if our own FIN was sent before.
    tcp_close(pcb);
    receiver_->on_closed(now_());
    return ERR_OK;
  }
  const u16_t length = packet->tot_len;
  for (const pbuf* part = packet; part != nullptr && tcp_ != nullptr; part = part->next) {
    receiver_->on_bytes(static_cast<const uint8_t*>(part->payload), part->len, now_());
  }
  pbuf_free(packet);
  if (tcp_ == nullptr) {
    return ERR_ABRT;
  }
  tcp_recved(pcb, length);
  return ERR_OK;
}

void LwipLink::on_tcp_error(void* self, err_t) {
  auto& link = *static_cast<LwipLink*>(self);
  // lwIP has freed the connection.
  link.tcp_ = nullptr;
  if (link.connected_) {
    link.receiver_->on_closed(link.now_());
  } else {
    link.receiver_->on_connect_failed(link.now_());
  }
}

bool LwipLink::send(const char* bytes, size_t length) {
  if (tcp_ == nullptr || tcp_sndbuf(tcp_) < length ||
      tcp_write(tcp_, bytes, static_cast<u16_t>(length), TCP_WRITE_FLAG_COPY) != ERR_OK) {
    return false;
  }
  tcp_output(tcp_);
  return true;
}

size_t LwipLink::undelivered() const {
  return tcp_ == nullptr ? 0 : static_cast<size_t>(TCP_SND_BUF) - tcp_sndbuf(tcp_);
}

void LwipLink::close() {
  if (tcp_ != nullptr && tcp_shutdown(tcp_, 0, 1) != ERR_OK) {
    drop();
  }
}

void LwipLink::drop() {
  if (tcp_ != nullptr) {
    tcp_pcb* const pcb = tcp_;
    detach();
    tcp_abort(pcb);
  }
}

void LwipLink::detach() {
  tcp_arg(tcp_, nullptr);
  tcp_err(tcp_, nullptr);
  tcp_recv(tcp_, nullptr);
  tcp_ = nullptr;
}

}  // namespace otatool::firmware

extern "C" uint32_t otatool_lwip_random(void) {
  uint32_t number = 0;
  otatool::firmware::random_source->fill(reinterpret_cast<uint8_t*>(&number), sizeof(number));
  return number;
}
