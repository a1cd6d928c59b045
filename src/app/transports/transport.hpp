// The transports of an upload, in one table. A transport turns targets into deliveries.
#pragma once

#include <span>
#include <string_view>

#include "otatool/delivery/deliver.hpp"
#include "otatool/esphome/upload.hpp"
#include "otatool/espota/upload.hpp"
#include "otatool/http/push.hpp"
#include "otatool/mdns/browse.hpp"
#include "otatool/mdns/device.hpp"
#include "otatool/result.hpp"

#include "app/devices/known_targets.hpp"
#include "app/examined_file.hpp"
#include "app/transports/way.hpp"

namespace otatool::app {

/// The options of all transports.
struct TransportSettings {
  espota::UploadOptions espota;
  http::PushOptions form;
  esphome::Options esphome;
  mdns::BrowseOptions browse;  ///< for questions to a device after its restart
};

struct Transport {
  Via via;
  std::string_view name;  ///< for options and reports
  /// Whether the device announces that it takes updates this way.
  bool (*announced_by)(const mdns::Device& device);
  /// One delivery for each target. `file` must outlive them.
  Result<delivery::Deliveries> (*deliveries)(const ExaminedFile& file,
                                             std::span<const KnownTarget> targets,
                                             const TransportSettings& settings);
};

/// All transports; of several that a device announces, the first counts.
[[nodiscard]] std::span<const Transport> transports();

/// The transport of `via`, which must not be Undecided.
[[nodiscard]] const Transport& transport_of(Via via);

/// The first transport that the device announces; Undecided if it announces none.
[[nodiscard]] Via via_of(const mdns::Device& device);

/// The deliveries to all targets, in their order. The device of a target whose way is Undecided is
/// asked which way it takes, and espota is the last choice. `file` must outlive them. KeyUnusable
/// if the certificates of the settings are unusable.
[[nodiscard]] Result<delivery::Deliveries> deliveries(const ExaminedFile& file,
                                                      std::span<const KnownTarget> targets,
                                                      const TransportSettings& settings);

}  // namespace otatool::app
