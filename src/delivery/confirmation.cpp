#include "otatool/delivery/confirmation.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>

namespace otatool::delivery {
namespace {

/// Whether `build` is of the same kind as the builds of the image, so that it can be compared: the
/// MD5 of an image, and not the hash of a configuration.
bool has_form_of_build(const std::string& build, const ImageIdentity& image) {
  return std::ranges::any_of(image.builds, [&build](const std::string& each) {
    return !build.empty() && each.size() == build.size();
  });
}

}  // namespace

bool Confirmation::is_changed() const {
  const bool both_built = !before_.build.empty() && !now_.build.empty();
  return !before_.version.empty() && !now_.version.empty()
             ? now_.version != before_.version || (both_built && now_.build != before_.build)
             : both_built && now_.build != before_.build;
}

std::optional<Confirmation::Outcome> Confirmation::next(const Sight& sight, Millis now) {
  if (sight.state != Sight::State::Up) {
    restarted_ = true;
    up_since_.reset();
  } else {
    up_since_ = up_since_.value_or(now);
    now_ = sight.told;
  }
  if (!is_decided(sight, now) && now < limit_) {
    return std::nullopt;
  }
  return judge(sight);
}

bool Confirmation::is_decided(const Sight& sight, Millis now) const {
  if (!up_since_ || sight.rescue) {
    return false;
  }
  const bool tells = !now_.version.empty() || !now_.build.empty();
  if (tells && !image_.filesystem && (is_changed() || runs_build(now_, image_))) {
    return true;
  }
  if (!restarted_ && now < kLongestUntilRestart) {
    return false;
  }
  const bool told_before = !before_.version.empty() || !before_.build.empty();
  return tells || !told_before || now - *up_since_ >= kLongestUntilTold;
}

Confirmation::Outcome Confirmation::judge(const Sight& sight) const {
  Outcome outcome{.restart = restarted_ ? Restart::Seen : Restart::NotSeen, .now = now_};
  if (!up_since_) {
    outcome.error = not_back(sight);
    return outcome;
  }
  if (sight.rescue) {
    outcome.confirmed = false;
    outcome.error = old_version(sight);
    return outcome;
  }
  if (image_.filesystem) {
    return outcome;
  }
  const bool same_version = !now_.version.empty() && now_.version == before_.version;
  const bool same_build = now_.build == before_.build && has_form_of_build(now_.build, image_);
  if (is_changed() || runs_build(now_, image_) || (restarted_ && runs(now_, image_))) {
    outcome.confirmed = true;
  } else if ((same_version || same_build) && !runs(now_, image_)) {
    const bool may_be_same =
        !same_build && image_.version.empty() && image_.mentions && image_.mentions(now_.version);
    if (!may_be_same) {
      outcome.confirmed = false;
      outcome.error = old_version(sight);
    }
  }
  return outcome;
}

Error Confirmation::not_back(const Sight& sight) const {
  const double seconds = std::chrono::duration<double>(limit_).count();
  return {Errc::DeviceLost,
          sight.state == Sight::State::Closed
              ? fmt::format("the device accepted the image and restarted, but {:g} s later "
                            "nothing listens at its port",
                            seconds)
              : fmt::format("the device accepted the image, but did not come back within {:g} s",
                            seconds)};
}

Error Confirmation::old_version(const Sight& sight) const {
  const std::string old = now_.version.empty() ? "the old image" : now_.version;
  if (sight.rescue) {
    return {
        Errc::OldVersion,
        fmt::format("the device accepted the image, but came back with its rescue system {}", old)};
  }
  if (!restarted_) {
    return {
        Errc::OldVersion,
        fmt::format("the device accepted the image, but did not restart and still runs {}", old)};
  }
  return {Errc::OldVersion,
          fmt::format("the device accepted the image, but came back with {}",
                      now_.version.empty() ? old : "the old version " + old)};
}

}  // namespace otatool::delivery
