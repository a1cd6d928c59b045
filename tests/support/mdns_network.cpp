#include "tests/support/mdns_network.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace otatool::test {

using namespace mdns;

std::size_t MdnsNetwork::add(ResponderProfile profile, Ip source, std::vector<LinkId> links) {
  const auto seed = static_cast<std::uint32_t>(devices_.size() + 1);
  devices_.push_back({MdnsResponder(std::move(profile), seed), source, std::move(links)});
  return devices_.size() - 1;
}

std::size_t MdnsNetwork::add(ResponderProfile profile) {
  const Ip source =
      profile.addresses.empty() ? Ip(profile.addresses6.front()) : Ip(profile.addresses.front());
  return add(std::move(profile), source);
}

void MdnsNetwork::remove(std::size_t device, Millis when) {
  devices_[device].gone = when;
}

void MdnsNetwork::inject(Millis when, std::vector<std::uint8_t> packet, Origin origin) {
  pending_.emplace(when, [this, packet = std::move(packet), origin = std::move(origin)] {
    step(PacketReceived{packet, origin});
  });
}

void MdnsNetwork::inject(Millis when, DaemonAnswered answered) {
  pending_.emplace(when, [this, answered = std::move(answered)] { step(answered); });
}

void MdnsNetwork::run(Millis until) {
  step(Tick{});
  while (!done_ && now_ < until) {
    const bool packet_first = !pending_.empty() && pending_.begin()->first <= deadline_;
    now_ = std::max(now_, packet_first ? pending_.begin()->first : deadline_);
    if (now_ > until) {
      now_ = until;
    } else if (packet_first) {
      const auto deliver = std::move(pending_.begin()->second);
      pending_.erase(pending_.begin());
      deliver();
    } else {
      step(Tick{});
    }
  }
}

void MdnsNetwork::step(const QuerierEvent& event) {
  if (done_) {
    return;
  }
  const Step step = querier_.next(event, now_);
  for (const DeviceChange& change : step.changes) {
    changes_.push_back(change);
    change_times_.push_back(now_);
    last_found_ = change.change == Change::Found ? now_ : last_found_;
  }
  deadline_ = step.deadline;
  done_ = step.done;
  for (const Transmission& transmission : step.transmissions) {
    sent_.push_back(transmission);
    carry(transmission);
  }
}

void MdnsNetwork::carry(const Transmission& transmission) {
  for (Member& member : devices_) {
    if (now_ >= member.gone) {
      continue;
    }
    if (transmission.path == Path::Unicast) {
      if (to_text(member.source, "") == transmission.destination) {
        receive(member, transmission, kUnicastLink);
      }
    } else if (std::ranges::find(member.links, transmission.link) != member.links.end()) {
      receive(member, transmission, transmission.link);
    }
  }
}

void MdnsNetwork::receive(Member& member, const Transmission& transmission, LinkId link) {
  const bool legacy = transmission.path != Path::Shared;
  for (MdnsResponder::Answer& answer :
       member.responder.receive(transmission.packet, legacy, now_)) {
    // A firewall lets unicast answers to unicast queries pass: it has seen the query.
    if (answer.unicast && !unicast_passes_ && transmission.path != Path::Unicast) {
      continue;
    }
    inject(
        answer.when, std::move(answer.packet), {link, fmt::format("eth{}", link), member.source});
  }
}

std::vector<std::string> MdnsNetwork::changes() const {
  std::vector<std::string> texts;
  for (const DeviceChange& each : changes_) {
    const std::string_view what = each.change == Change::Found     ? "found"
                                  : each.change == Change::Changed ? "changed"
                                                                   : "lost";
    texts.push_back(fmt::format("{} {}", what, each.device.name));
  }
  return texts;
}

Querier::Plan plan_for(const std::vector<std::string>& types, std::size_t links) {
  Querier::Plan plan;
  for (const std::string& type : types) {
    plan.types.push_back(Name::parse(type + ".local").value());
  }
  for (std::size_t i = 1; i <= links; ++i) {
    plan.links.push_back({.id = i});
  }
  return plan;
}

}  // namespace otatool::test
