#include "espota/invitations.hpp"

#include <algorithm>
#include <iterator>

namespace otatool::espota {
namespace {

constexpr Millis kLongestSlowInterval{7'000};

/// The interval after invitation `count`, from 1; the last one of `pace` repeats.
Millis interval_after(std::size_t count, const std::vector<Millis>& pace) {
  return pace[std::min(count, pace.size()) - 1];
}

}  // namespace

Invitations::Invitations(const Plan& plan) : plan_(plan) {
  for (const std::uint16_t number : plan.device_ports) {
    ports_.push_back({number, std::ranges::count(plan.queueing_ports, number) > 0});
  }
}

std::vector<std::uint16_t> Invitations::take_due(Millis now) {
  std::vector<std::uint16_t> due;
  for (Port& port : ports_) {
    if (port.next <= now) {
      due.push_back(port.number);
      ++port.open;
      ++port.count;
      const Timing& timing = plan_.timing;
      port.next =
          now + std::max(shortest_,
                         interval_after(port.count, port.queues ? timing.queue_pace : timing.pace));
    }
  }
  ++sent_;
  return due;
}

Millis Invitations::next() const {
  return std::ranges::min(ports_, {}, &Port::next).next;
}

void Invitations::make_due() {
  for (Port& port : ports_) {
    port.next = Millis(0);
  }
}

void Invitations::restart() {
  make_due();
  for (Port& port : ports_) {
    port.count = 0;
  }
}

void Invitations::slow_down(Millis shortest) {
  shortest_ = std::max(shortest_, std::min(shortest, kLongestSlowInterval));
}

void Invitations::on_reply(std::uint16_t port) {
  // A device may reply from any port; only an invited one shows where it listens.
  if (std::ranges::count(ports_, port, &Port::number) > 0) {
    std::erase_if(ports_, [port](const Port& each) { return each.number != port; });
  }
}

void Invitations::set_queueing() {
  for (Port& port : ports_) {
    port.queues = true;
  }
}

void Invitations::on_not_delivered(std::uint16_t port, Millis now) {
  for (Port& each : ports_) {
    if (each.number == port && each.queues && each.open > 0) {
      each.open = 0;
      each.next = std::min(each.next, now + interval_after(each.count, plan_.timing.pace));
    }
  }
}

void Invitations::on_not_delivered(Millis now) {
  for (const std::uint16_t port : ports()) {
    on_not_delivered(port, now);
  }
}

bool Invitations::remove(std::uint16_t port) {
  if (ports_.size() < 2) {
    return false;
  }
  std::erase_if(ports_, [port](const Port& each) { return each.number == port; });
  return true;
}

std::vector<std::uint16_t> Invitations::ports() const {
  std::vector<std::uint16_t> numbers;
  std::ranges::transform(ports_, std::back_inserter(numbers), &Port::number);
  return numbers;
}

unsigned Invitations::open() const {
  return std::ranges::max(ports_, {}, &Port::open).open;
}

void Invitations::set_open(unsigned count) {
  for (Port& port : ports_) {
    port.open = count;
  }
}

bool Invitations::may_be_queued() const {
  return std::ranges::any_of(ports_, &Port::queues);
}

}  // namespace otatool::espota
