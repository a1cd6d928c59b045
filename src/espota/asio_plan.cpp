#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "otatool/espota/upload.hpp"

#include "delivery/asio_lookup.hpp"
#include "espota/asio_link.hpp"

namespace otatool::espota {
namespace asio = boost::asio;

namespace {

asio::awaitable<void> plan_one(asio::io_context& io,
                               const Target& target,
                               const UploadOptions& options,
                               TargetPlan& plan) {
  delivery::AsioLookup lookup(io, target.host);
  const auto addresses = co_await lookup.addresses();
  if (!addresses) {
    plan.error = addresses.error();
    co_return;
  }
  for (const asio::ip::address& address : *addresses) {
    plan.addresses.push_back(address.to_string());
  }
  const LinkOptions where{
      addresses->front(), plan.ports.front(), options.local, options.host_ports, options.any_peer};
  const Result<AsioLink> link = AsioLink::open(io, where);
  if (link) {
    plan.local_address = link->local_address();
  } else {
    plan.error = link.error();
  }
}

}  // namespace

std::vector<std::uint16_t> device_ports(const Target& target) {
  if (target.port) {
    return {*target.port};
  }
  switch (target.chip) {
    case ChipFamily::Esp8266:
      return {wire::kEsp8266Port};
    case ChipFamily::Esp32:
      return {wire::kEsp32Port};
    case ChipFamily::Unknown:
      break;
  }
  return {wire::kEsp8266Port, wire::kEsp32Port};
}

std::vector<TargetPlan> plan_all(std::span<const Target> targets, const UploadOptions& options) {
  std::vector<TargetPlan> plans;
  asio::io_context io;
  for (const Target& target : targets) {
    TargetPlan& plan = plans.emplace_back();
    plan.name = target.name;
    plan.ports = device_ports(target);
    asio::co_spawn(io, plan_one(io, target, options, plan), asio::detached);
    io.run();
    io.restart();
  }
  return plans;
}

}  // namespace otatool::espota
