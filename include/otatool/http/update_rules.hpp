// The update server's decision about one device request. A pure function of request, catalogue and
// what is known about the device and its rollouts: equal inputs give equal decisions.
#pragma once

#include <string>
#include <string_view>

#include "otatool/fleet/fleet.hpp"
#include "otatool/http/catalogue.hpp"
#include "otatool/http/device_request.hpp"

namespace otatool::http {

enum class Verdict {
  Send,         ///< 200 with the image
  SendVersion,  ///< 200 with the version number alone (mode `version`)
  UpToDate,     ///< 304: the device runs the image, its version or a newer one
  Waiting,      ///< 304: no rollout includes the device yet
  Blocked,      ///< 304: the image had no effect too often (fleet.md 1)
  NotForYou,    ///< 404: no rule, or an image that this device cannot use
};

struct Decision {
  Verdict verdict = Verdict::NotForYou;
  std::string reason;   ///< for the log: lower case, no full stop
  std::string version;  ///< offered version; empty if the rule has none
  const ServedFile* file = nullptr;
  std::string rollout;  ///< name of the rule that gives the file, if it has stages
  /// A rule with an image that the device does not run passed over it, and `waits_rule` is its name
  /// if it has stages.
  bool waits = false;
  std::string waits_rule;
  /// The form to send. With SendVersion: the form that a sketch request would get; may be null.
  const Deliverable* deliverable = nullptr;
};

/// The first matching rule wins. A rule matches only devices of its image's family that ask for its
/// image's kind (sketch or filesystem). A rule skips the devices that its `percent` or its rollout
/// leaves out. Without `fleet` every rollout is in its first stage, and no device is known.
[[nodiscard]] Decision decide(const DeviceRequest& device,
                              std::string_view board,
                              const Catalogue& catalogue,
                              const fleet::View* fleet = nullptr);

/// The decision about a single file; only hashes show whether the device runs it. `by_name`: the
/// device requested the file by its name, so an ESP8266 gets an unsigned package unchanged.
[[nodiscard]] Decision decide_file(const DeviceRequest& device,
                                   const ServedFile& file,
                                   bool by_name,
                                   const fleet::View* fleet = nullptr);

/// Whether the device has room for a difference update and the image of `file` that it makes,
/// beside the running one.
[[nodiscard]] bool has_room_for_patch(const DeviceRequest& device,
                                      const ServedFile& file,
                                      const Deliverable& patch);

/// Whether the device runs `image`, by its version and its MD5.
[[nodiscard]] fleet::Runs runs_image(const DeviceRequest& device, const fleet::Image& image);
/// The same for a device that reports this version and this MD5 of its sketch.
[[nodiscard]] fleet::Runs runs_image(fleet::Slot slot,
                                     const std::string& version,
                                     const std::string& md5,
                                     const fleet::Image& image);

/// The slot that the device asks about.
[[nodiscard]] fleet::Slot slot_of(const DeviceRequest& device);

/// Checks a rule of a manifest against its image. WrongKind for a signed package without `gzip` and
/// `verifier`, and if `mode` or every `chip` of the rule excludes the image.
[[nodiscard]] Result<void> check_rule_image(const ManifestRule& rule, const ServedFile& image);

/// The place of a device in the rollout of a version, 0 to 99. A rollout of N percent includes the
/// devices with a place below N.
[[nodiscard]] unsigned rollout_place(const DeviceRequest& device, std::string_view version);

}  // namespace otatool::http
