// Chooses the transport to one device by look-ups.
#pragma once

#include "otatool/delivery/deliver.hpp"

namespace otatool::delivery {

/// A delivery by the first of `candidates` that recognises the device, otherwise by the last one,
/// which is not asked. All have the same target.
[[nodiscard]] std::shared_ptr<Delivery> first_that_recognises(Deliveries candidates);

}  // namespace otatool::delivery
