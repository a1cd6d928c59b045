#include <algorithm>
#include <array>
#include <vector>

#include "otatool/delivery/choice.hpp"

#include "app/transports/esphome_transport.hpp"
#include "app/transports/espota_transport.hpp"
#include "app/transports/form_transport.hpp"
#include "app/transports/transport.hpp"

namespace otatool::app {
namespace {

constexpr std::array kTransports = {kEspotaTransport, kEsphomeTransport, kFormTransport};

}  // namespace

std::span<const Transport> transports() {
  return kTransports;
}

const Transport& transport_of(Via via) {
  const auto* const found = std::ranges::find(kTransports, via, &Transport::via);
  return found == kTransports.end() ? kTransports.front() : *found;
}

Via via_of(const mdns::Device& device) {
  const auto* const found = std::ranges::find_if(
      kTransports, [&device](const Transport& each) { return each.announced_by(device); });
  return found == kTransports.end() ? Via::Undecided : found->via;
}

namespace {

/// In the order of the look-ups; an invitation of espota cannot be a look-up.
constexpr std::array kAsked = {Via::Form, Via::Esphome, Via::Espota};

/// One delivery for a target whose way is open: the device decides, when the upload begins.
Result<std::shared_ptr<delivery::Delivery>> asking_delivery(const ExaminedFile& file,
                                                            const KnownTarget& known,
                                                            const TransportSettings& settings) {
  delivery::Deliveries candidates;
  for (const Via via : kAsked) {
    KnownTarget candidate = known;
    candidate.way.via = via;
    candidate.way.announced = true;
    TRY(auto made, transport_of(via).deliveries(file, std::span(&candidate, 1), settings));
    candidates.push_back(std::move(made.front()));
  }
  return delivery::first_that_recognises(std::move(candidates));
}

}  // namespace

Result<delivery::Deliveries> deliveries(const ExaminedFile& file,
                                        std::span<const KnownTarget> targets,
                                        const TransportSettings& settings) {
  delivery::Deliveries all(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i].way.via == Via::Undecided) {
      TRY(all[i], asking_delivery(file, targets[i], settings));
    }
  }
  for (const Transport& transport : kTransports) {
    std::vector<std::size_t> indices;
    std::vector<KnownTarget> own;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (targets[i].way.via == transport.via) {
        indices.push_back(i);
        own.push_back(targets[i]);
      }
    }
    if (own.empty()) {
      continue;
    }
    TRY(const auto made, transport.deliveries(file, own, settings));
    for (std::size_t i = 0; i < made.size(); ++i) {
      all[indices[i]] = made[i];
    }
  }
  return all;
}

}  // namespace otatool::app
