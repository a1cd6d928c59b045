// Who gets what: the decision of the update server about one device that asks. Pure: a request and
// a catalogue in, a decision out; the same device always gets the same answer.
#pragma once

#include <string>
#include <string_view>

#include "otatool/http/catalogue.hpp"
#include "otatool/http/device_request.hpp"

namespace otatool::http {

enum class Verdict {
  Send,       ///< 200 with the image
  Tell,       ///< 200 with the version alone (mode `version`)
  UpToDate,   ///< 304
  NotForYou,  ///< 404: no rule, or an image that this device cannot take
};

struct Decision {
  Verdict verdict = Verdict::NotForYou;
  std::string reason;   ///< for the log: lower case, no full stop
  std::string version;  ///< that is offered; empty if the rule names none
  const ServedFile* file = nullptr;
  /// With Send; with Tell what a request for the sketch would get, nothing if that is no image.
  const Deliverable* deliverable = nullptr;
};

/// The first rule that is for this device decides. A rule is also for devices of the image's own
/// family and mode only; without `mode` an image decides itself whether it is a filesystem. A
/// device that `percent` leaves out passes on to the rules below.
[[nodiscard]] Decision decide(const DeviceRequest& device,
                              std::string_view board,
                              const Catalogue& catalogue);

/// A device that asks for a file by its name: only its hash tells whether the device runs it.
[[nodiscard]] Decision decide_file(const DeviceRequest& device, const ServedFile& file);

/// The place of a device in the rollout of a version, 0 to 99: it takes part in every rollout of
/// more percent than that.
[[nodiscard]] unsigned rollout_place(const DeviceRequest& device, std::string_view version);

}  // namespace otatool::http
