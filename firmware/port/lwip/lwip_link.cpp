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
#if LWIP_IPV6
  if (IP_IS_V6_VAL(address)) {
    endpoint.address_length = 16;
    endpoint.scope = ip6_addr_zone(ip_2_ip6(&address));
    memcpy(endpoint.address, ip_2_ip6(&address)->addr, endpoint.address_length);
    return endpoint;
  }
#endif
  const uint32_t bytes = ip4_addr_get_u32(ip_2_ip4(&address));
  memcpy(endpoint.address, &bytes, sizeof(bytes));
  return endpoint;
}

ip_addr_t address_of(const Endpoint& endpoint) {
  ip_addr_t address{};
  uint32_t bytes = 0;
  if (endpoint.address_length == sizeof(bytes)) {
    memcpy(&bytes, endpoint.address, sizeof(bytes));
  }
  ip_addr_set_ip4_u32(&address, bytes);
#if LWIP_IPV6
  if (endpoint.address_length == 16) {
    memcpy(ip_2_ip6(&address)->addr, endpoint.address, endpoint.address_length);
    IP_SET_TYPE(&address, IPADDR_TYPE_V6);
    ip6_addr_set_zone(ip_2_ip6(&address), static_cast<u8_t>(endpoint.scope));
  }
#endif
  return address;
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
  drop();
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
  if (connect_event_) {
    connect_event_ = false;
    receiver_->on_connected(now_());
  }
  pass_bytes();
  pass_end();
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

void LwipLink::connect(const Endpoint& to) {
  connected_ = false;
  finishing_ = false;
  connect_event_ = false;
  end_event_ = false;
  tcp_ = tcp_new_ip_type(IPADDR_TYPE_ANY);
  if (tcp_ == nullptr) {
    end_event_ = true;
    return;
  }
  tcp_arg(tcp_, this);
  tcp_err(tcp_, on_tcp_error);
  tcp_recv(tcp_, on_tcp_data);
  tcp_nagle_disable(tcp_);
  const ip_addr_t address = address_of(to);
  if (tcp_connect(tcp_, &address, to.port, on_tcp_connected) != ERR_OK) {
    drop();
    end_event_ = true;
  }
}

err_t LwipLink::on_tcp_connected(void* self, tcp_pcb*, err_t) {
  auto& link = *static_cast<LwipLink*>(self);
  link.connected_ = true;
  link.connect_event_ = true;
  return ERR_OK;
}

err_t LwipLink::on_tcp_data(void* self, tcp_pcb*, pbuf* packet, err_t) {
  auto& link = *static_cast<LwipLink*>(self);
  if (packet == nullptr) {
    link.end_event_ = true;
    if (link.finishing_) {
      // From now on lwIP may free the connection at any time without a word.
      link.detach();
    }
  } else if (link.received_ == nullptr) {
    link.received_ = packet;
  } else {
    // At most a TCP window waits: it opens again only when the bytes are consumed.
    pbuf_cat(link.received_, packet);
  }
  return ERR_OK;
}

void LwipLink::on_tcp_error(void* self, err_t) {
  auto& link = *static_cast<LwipLink*>(self);
  // lwIP has freed the connection.
  link.tcp_ = nullptr;
  link.end_event_ = true;
}

void LwipLink::pass_bytes() {
  pbuf* const packet = received_;
  if (packet == nullptr) {
    return;
  }
  received_ = nullptr;
  for (const pbuf* part = packet; part != nullptr; part = part->next) {
    receiver_->on_bytes(static_cast<const uint8_t*>(part->payload), part->len, now_());
  }
  if (tcp_ != nullptr) {
    tcp_recved(tcp_, packet->tot_len);
  }
  pbuf_free(packet);
}

void LwipLink::pass_end() {
  if (!end_event_ || received_ != nullptr) {
    return;
  }
  end_event_ = false;
  if (tcp_ != nullptr) {
    tcp_pcb* const pcb = tcp_;
    detach();
    tcp_close(pcb);
  }
  if (connected_) {
    receiver_->on_closed(now_());
  } else {
    receiver_->on_connect_failed(now_());
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
  finishing_ = true;
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
  if (received_ != nullptr) {
    pbuf_free(received_);
    received_ = nullptr;
  }
  connect_event_ = false;
  end_event_ = false;
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
