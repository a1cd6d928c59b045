// What devices and images say about the firmware: by TXT records, by mDNS queries, by the bytes of
// an image.
#pragma once

#include "otatool/delivery/identity.hpp"
#include "otatool/mdns/browse.hpp"
#include "otatool/mdns/device.hpp"

#include "app/devices/known_targets.hpp"
#include "app/examined_file.hpp"

namespace otatool::app {

/// The version by version_of(); the build of an ESPHome device is the hash of its configuration,
/// that of our own receiver the MD5 of its application.
[[nodiscard]] delivery::Identity identity_of(const mdns::Device& device);

/// Asks the device of the target by unicast mDNS, with the interfaces and the port of `browse`.
[[nodiscard]] delivery::Tell teller_of(const KnownTarget& known, const mdns::BrowseOptions& browse);

/// The version in the application descriptor of the ESP-IDF or in WLED's metadata, and the MD5s.
/// `file` must outlive the result.
[[nodiscard]] delivery::ImageIdentity image_identity(const ExaminedFile& file, bool filesystem);

}  // namespace otatool::app
