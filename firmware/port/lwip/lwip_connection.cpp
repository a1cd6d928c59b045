#include "firmware/port/lwip/lwip_connection.hpp"

#include <string.h>

namespace otatool::firmware {

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

void LwipConnection::poll() {
  if (connect_event_) {
    connect_event_ = false;
    events_.on_connected();
  }
  pass_bytes();
  pass_end();
}

void LwipConnection::connect(const Endpoint& to) {
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

err_t LwipConnection::on_tcp_connected(void* self, tcp_pcb*, err_t) {
  auto& connection = *static_cast<LwipConnection*>(self);
  connection.connected_ = true;
  connection.connect_event_ = true;
  return ERR_OK;
}

err_t LwipConnection::on_tcp_data(void* self, tcp_pcb*, pbuf* packet, err_t) {
  auto& connection = *static_cast<LwipConnection*>(self);
  if (packet == nullptr) {
    connection.end_event_ = true;
    if (connection.finishing_) {
      // From now on lwIP may free the connection at any time without a word.
      connection.detach();
    }
  } else if (connection.received_ == nullptr) {
    connection.received_ = packet;
  } else {
    // At most a TCP window waits: it opens again only when the bytes are consumed.
    pbuf_cat(connection.received_, packet);
  }
  return ERR_OK;
}

void LwipConnection::on_tcp_error(void* self, err_t) {
  auto& connection = *static_cast<LwipConnection*>(self);
  // lwIP has freed the connection.
  connection.tcp_ = nullptr;
  connection.end_event_ = true;
}

void LwipConnection::pass_bytes() {
  pbuf* const packet = received_;
  if (packet == nullptr) {
    return;
  }
  received_ = nullptr;
  for (const pbuf* part = packet; part != nullptr; part = part->next) {
    events_.on_bytes(static_cast<const uint8_t*>(part->payload), part->len);
  }
  if (tcp_ != nullptr) {
    tcp_recved(tcp_, packet->tot_len);
  }
  pbuf_free(packet);
}

void LwipConnection::pass_end() {
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
    events_.on_closed();
  } else {
    events_.on_connect_failed();
  }
}

bool LwipConnection::send(const char* bytes, size_t length) {
  if (tcp_ == nullptr || tcp_sndbuf(tcp_) < length ||
      tcp_write(tcp_, bytes, static_cast<u16_t>(length), TCP_WRITE_FLAG_COPY) != ERR_OK) {
    return false;
  }
  tcp_output(tcp_);
  return true;
}

size_t LwipConnection::undelivered() const {
  return tcp_ == nullptr ? 0 : static_cast<size_t>(TCP_SND_BUF) - tcp_sndbuf(tcp_);
}

void LwipConnection::close() {
  finishing_ = true;
  if (tcp_ != nullptr && tcp_shutdown(tcp_, 0, 1) != ERR_OK) {
    drop();
  }
}

void LwipConnection::drop() {
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

void LwipConnection::detach() {
  tcp_arg(tcp_, nullptr);
  tcp_err(tcp_, nullptr);
  tcp_recv(tcp_, nullptr);
  tcp_ = nullptr;
}

}  // namespace otatool::firmware
