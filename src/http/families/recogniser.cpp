#include "otatool/http/recogniser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "http/families/probe.hpp"

namespace otatool::http {
namespace {

/// A device that answers 404 to other look-ups and asks for a password here has this address.
constexpr std::array kProtected = {
    std::pair{std::string_view("/api/system/status"), Family::OpenDtu},
    std::pair{std::string_view("/update/identity"), Family::ElegantOta2}};

}  // namespace

Recogniser::Recogniser(std::vector<Family> candidates) : candidates_(std::move(candidates)) {}

bool Recogniser::is_candidate(Family family) const {
  return family != Family::Unknown && std::ranges::find(candidates_, family) != candidates_.end();
}

Recogniser::Action Recogniser::start() {
  at_ = 0;
  return advance();
}

Recogniser::Action Recogniser::advance() {
  const auto rows = probes();
  while (at_ < rows.size() && std::ranges::none_of(rows[at_].finds, [this](Family family) {
           return is_candidate(family);
         })) {
    ++at_;
  }
  if (at_ < rows.size()) {
    return Probe{rows[at_].target};
  }
  return DeviceIdentity{.login_needed = login_needed_};
}

Recogniser::Action Recogniser::next(const DeviceAnswer& answer) {
  const http::Probe& probe = probes()[at_];
  ++at_;
  if (auto device = probe.read(answer); device && is_candidate(device->family)) {
    return *device;
  }
  login_needed_ = login_needed_ || answer.status == 401;
  if (answer.status == 401 && missing_pages_are_404_) {
    const auto found =
        std::ranges::find(kProtected, probe.target, &std::pair<std::string_view, Family>::first);
    if (found != kProtected.end() && is_candidate(found->second)) {
      return DeviceIdentity{.family = found->second, .login_needed = true};
    }
  }
  missing_pages_are_404_ = missing_pages_are_404_ || answer.status == 404;
  return advance();
}

}  // namespace otatool::http
