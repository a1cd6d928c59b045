#include "tests/support/rival_host.hpp"

#include <variant>

namespace otatool::testing {

void RivalHost::start_at(Millis time) {
  agenda_.at(time, [this] { feed(espota::Started{}); });
}

void RivalHost::feed(const espota::Event& event) {
  if (done_) {
    return;
  }
  const espota::Action action = session_.next(event, agenda_.now());
  if (const auto* datagram = std::get_if<espota::SendDatagram>(&action)) {
    send_(*datagram);
    wait_until(datagram->deadline);
  } else if (const auto* wait = std::get_if<espota::Wait>(&action)) {
    wait_until(wait->deadline);
  } else if (const auto* finish = std::get_if<espota::Finish>(&action)) {
    done_ = true;
    error_ = finish->error;
    if (const auto cancellation = session_.cancellation()) {
      send_(*cancellation);
    }
  }
}

void RivalHost::connect() {
  done_ = true;
  connected_ = true;
}

void RivalHost::wait_until(Millis deadline) {
  agenda_.at(deadline, [this, wait = ++wait_] {
    if (wait == wait_) {
      feed(espota::TimedOut{});
    }
  });
}

}  // namespace otatool::testing
