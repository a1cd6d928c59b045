// The update server's decision about one device request. A pure function of request and catalogue:
// equal requests get equal decisions.
#pragma once

#include <string>
#include <string_view>

#include "otatool/http/catalogue.hpp"
#include "otatool/http/device_request.hpp"

namespace otatool::http {

enum class Verdict {
  Send,         ///< 200 with the image
  SendVersion,  ///< 200 with the version number alone (mode `version`)
  UpToDate,     ///< 304: the device runs the image, its version or a newer one
  Waiting,      ///< 304: no rollout includes the device yet
  NotForYou,    ///< 404: no rule, or an image that this device cannot use
};

struct Decision {
  Verdict verdict = Verdict::NotForYou;
  std::string reason;   ///< for the log: lower case, no full stop
  std::string version;  ///< offered version; empty if the rule has none
  const ServedFile* file = nullptr;
  /// With Send: a later request shows whether the device runs the image.
  bool verifiable = false;
  /// The form to send. With SendVersion: the form that a sketch request would get; may be null.
  const Deliverable* deliverable = nullptr;
};

/// The first matching rule wins. A rule matches only devices of its image's family that ask for its
/// image's kind (sketch or filesystem). A rule skips the devices that its `percent` leaves out.
[[nodiscard]] Decision decide(const DeviceRequest& device,
                              std::string_view board,
                              const Catalogue& catalogue);

/// The decision about a single file; only hashes tell whether the device runs it. `by_name`: the
/// device requested the file by its name, so an ESP8266 gets an unsigned package unchanged.
[[nodiscard]] Decision decide_file(const DeviceRequest& device,
                                   const ServedFile& file,
                                   bool by_name);

/// Checks a rule of a manifest against its image. WrongKind for a signed package without `gzip` and
/// `verifier`, and if `mode` or every `chip` of the rule excludes the image.
[[nodiscard]] Result<void> check_rule_image(const ManifestRule& rule, const ServedFile& image);

/// The place of a device in the rollout of a version, 0 to 99. A rollout of N percent includes the
/// devices with a place below N.
[[nodiscard]] unsigned rollout_place(const DeviceRequest& device, std::string_view version);

}  // namespace otatool::http
