#include "tests/support/virtual_connection.hpp"

#include <algorithm>
#include <utility>

namespace otatool::testing {

void VirtualConnection::open(std::size_t send_buffer) {
  send_buffer_ = send_buffer;
  announced_edge_ = device_.receive_space();
  known_edge_ = announced_edge_;
}

std::size_t VirtualConnection::room() const {
  return send_buffer_ - std::min(send_buffer_, queued());
}

void VirtualConnection::send(std::string_view bytes) {
  stream_.append(bytes);
  taken_ += bytes.size();
  transmit();
}

void VirtualConnection::close_by_host(bool reset) {
  if (std::exchange(host_closed_, true)) {
    return;
  }
  agenda_.at(link_.arrival(agenda_.now()), [this, reset] {
    if (!device_closed_) {
      device_.host_closed(reset, agenda_.now());
      host_.device_touched();
    }
  });
}

void VirtualConnection::write_by_device(std::string bytes) {
  agenda_.at(link_.arrival(agenda_.now()), [this, text = std::move(bytes)] {
    if (!host_closed_) {
      host_.replied(text);
    }
  });
}

void VirtualConnection::close_by_device(bool reset) {
  device_closed_ = true;
  agenda_.at(link_.arrival(agenda_.now()), [this, reset] {
    if (!host_closed_) {
      host_.closed(reset);
    }
  });
}

void VirtualConnection::announce_window() {
  const std::size_t edge = delivered_ + device_.receive_space();
  if (!device_closed_ && edge > announced_edge_) {
    acknowledge();
  }
}

void VirtualConnection::transmit() {
  const std::size_t largest = device_.profile().segment_size;
  while (sent_ < taken_ && sent_ < known_edge_) {
    const std::size_t length = std::min({largest, taken_ - sent_, known_edge_ - sent_});
    const bool silly = length < largest && length < taken_ - sent_ && sent_ > acked_;
    if (silly) {
      break;
    }
    const std::size_t from = std::exchange(sent_, sent_ + length);
    agenda_.at(link_.arrival(agenda_.now()), [this, from, length] { deliver(from, length); });
  }
}

void VirtualConnection::deliver(std::size_t from, std::size_t length) {
  if (device_closed_) {
    agenda_.at(link_.arrival(agenda_.now()), [this] {
      if (!host_closed_) {
        host_.closed(true);
      }
    });
    return;
  }
  delivered_ = from + length;
  device_.bytes(std::string_view(stream_).substr(from, length), agenda_.now());
  acknowledge();
  host_.device_touched();
}

void VirtualConnection::acknowledge() {
  announced_edge_ = delivered_ + device_.receive_space();
  agenda_.at(link_.arrival(agenda_.now()), [this, acked = delivered_, edge = announced_edge_] {
    acked_ = std::max(acked_, acked);
    known_edge_ = std::max(known_edge_, edge);
    if (!host_closed_) {
      transmit();
      host_.acked();
    }
  });
}

}  // namespace otatool::testing
