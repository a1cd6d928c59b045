#include "cli/upload/target_search.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/ascii.hpp"
#include "otatool/glob.hpp"
#include "otatool/mdns/resolve.hpp"

#include "cli/discover/browse_log.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/discover/device_facts.hpp"
#include "cli/discover/device_names.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/prompt.hpp"
#include "cli/io/terminal.hpp"

namespace otatool::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// An ESP8266 answers within 20 ms, an ESP32 within 110, and power save and Wi-Fi add theirs; this
/// computer itself takes one.
constexpr mdns::Millis kUsualTime{250};
constexpr mdns::Millis kLoopbackTime{40};
constexpr mdns::Millis kDecisiveTime{1'000};

bool is_loopback(const std::string& host) {
  return host.starts_with("127.") || host == "::1";
}

bool is_address(const espota::Target& target) {
  return kind_of_name(target.host) == NameKind::Address;
}

bool matches_any(const std::vector<std::string>& globs, const auto& matches) {
  return globs.empty() || std::ranges::any_of(globs, matches);
}

Error ambiguous(const std::string& name, const std::vector<mdns::Device>& devices) {
  std::vector<std::string> texts;
  std::ranges::transform(devices, std::back_inserter(texts), describe_device);
  return {Errc::NotFound,
          fmt::format(
              "'{}' is the name of {} devices: {}", name, devices.size(), fmt::join(texts, ", "))};
}

/// The device at the target's address that the target means, if that is clear.
const mdns::Device* meant(const espota::Target& target, const std::vector<mdns::Device>& devices) {
  const mdns::Device* found = nullptr;
  for (const mdns::Device& device : devices) {
    if (!takes_espota(device) || (target.port && *target.port != device.port)) {
      continue;
    }
    if (found != nullptr) {
      return nullptr;
    }
    found = &device;
  }
  return found;
}

std::optional<espota::Chip> chip_of(const mdns::Device& device) {
  switch (ota_txt_of(device).chip) {
    case wire::TxtChip::Esp8266:
      return espota::Chip::Esp8266;
    case wire::TxtChip::Esp32:
      return espota::Chip::Esp32;
    case wire::TxtChip::Unknown:
      break;
  }
  return std::nullopt;
}

}  // namespace

bool chooses_targets(const Invocation& invocation) {
  return invocation.flag(kAllOption.name) || invocation.value(kMatchOption.name) ||
         invocation.value(kBoardOption.name);
}

Result<TargetSearch> TargetSearch::start(const Invocation& invocation, UploadTargets targets) {
  auto options = browse_options(invocation);
  if (!options) {
    return fail(options.error());
  }
  const auto wait = invocation.seconds("wait");
  if (!wait) {
    return fail(wait.error());
  }
  TargetSearch search(invocation.messages());
  search.options_ = std::move(*options);
  search.options_.timeout = std::max(search.options_.timeout, wait->value_or(mdns::Millis(0)));
  search.matches_ = invocation.values(kMatchOption.name);
  search.boards_ = invocation.values(kBoardOption.name);
  search.chooses_ = chooses_targets(invocation);
  search.defaults_ = std::move(targets.defaults);
  search.began_ = Clock::now();
  mdns::BrowseOptions question = search.options_;
  question.timeout = kDecisiveTime;
  for (espota::Target& target : targets.named) {
    if (is_address(target)) {
      question.hosts.push_back(target.host);
    }
    search.targets_.push_back({std::move(target), std::nullopt});
  }
  if (!question.hosts.empty() && !invocation.flag("dry-run")) {
    if (auto browser = mdns::Browser::open(question)) {
      search.asking_.emplace(std::move(*browser));
      // The answers wait in the socket while the image is read.
      log_browse_event(invocation.messages(), search.asking_->next(mdns::Millis(0)));
    }
  }
  return search;
}

void TargetSearch::know(KnownTarget& known, const mdns::Device& device) {
  espota::Target& target = known.target;
  if (!target.port && device.port != 0 && device.kind == mdns::Kind::Espota) {
    target.port = device.port;
  }
  if (target.chip == espota::Chip::Auto) {
    target.chip = chip_of(device).value_or(target.chip);
  }
  known.device = device;
}

Result<void> TargetSearch::find(const Invocation& invocation) {
  if (auto found = find_names(); !found) {
    return found;
  }
  return chooses_ ? choose(invocation) : Result<void>();
}

Result<void> TargetSearch::find_names() {
  std::vector<std::string> names;
  for (const KnownTarget& known : targets_) {
    const NameKind kind = kind_of_name(known.target.host);
    if (kind == NameKind::Mdns || kind == NameKind::Either) {
      names.push_back(known.target.host);
    }
  }
  if (names.empty()) {
    return {};
  }
  const auto resolutions = look_for_names(*messages_, names, options_);
  if (!resolutions) {
    return fail(resolutions.error());
  }
  for (KnownTarget& known : targets_) {
    const auto found = std::ranges::find(*resolutions, known.target.host, &mdns::Resolution::name);
    if (found == resolutions->end()) {
      continue;
    }
    if (found->devices.size() > 1) {
      return fail(ambiguous(known.target.name, found->devices));
    }
    if (found->devices.size() == 1) {
      know(known, found->devices.front());
      known.target.host = mdns::best_address(found->devices.front());
    } else if (targets_.size() == 1 && kind_of_name(known.target.host) == NameKind::Mdns) {
      return fail(Errc::NotFound,
                  fmt::format("no device answers to the name '{}'", known.target.name));
    }
  }
  return {};
}

Result<void> TargetSearch::choose(const Invocation& invocation) {
  const auto devices = browse(*messages_, options_);
  if (!devices) {
    return fail(devices.error());
  }
  const std::size_t named = targets_.size();
  for (const mdns::Device& device : *devices) {
    const bool wanted =
        !device.stale && takes_espota(device) &&
        matches_any(matches_,
                    [&](const auto& glob) { return mdns::name_matches_glob(device, glob); }) &&
        matches_any(boards_, [&](const auto& glob) {
          return matches_glob(lower_case(device.board), lower_case(glob));
        });
    const std::string address = mdns::best_address(device);
    const bool known = std::ranges::any_of(targets_, [&](const KnownTarget& each) {
      return each.target.host == address && each.target.port == device.port;
    });
    if (wanted && !known) {
      KnownTarget chosen{defaults_, std::nullopt};
      chosen.target.name = device.name;
      chosen.target.host = address;
      chosen.target.port = device.port;
      if (auto applied = configure_chosen(invocation, device, chosen.target); !applied) {
        return applied;
      }
      know(chosen, device);
      targets_.push_back(std::move(chosen));
    }
  }
  if (targets_.size() == named) {
    return fail(Errc::NotFound,
                fmt::format("none of {} devices that answer is meant", devices->size()));
  }
  return {};
}

/// Whether something came within the time.
Result<bool> TargetSearch::hear(mdns::Millis time) {
  const mdns::BrowseEvent event = asking_->next(time);
  log_browse_event(*messages_, event);
  if (const auto* const ended = std::get_if<mdns::BrowseEnded>(&event)) {
    return ended->interrupted ? fail(Errc::Interrupted, "interrupted before it began")
                              : Result<bool>(false);
  }
  return !std::holds_alternative<mdns::TimePassed>(event);
}

Result<void> TargetSearch::listen(mdns::Millis patience) {
  for (;;) {
    const auto left = std::chrono::duration_cast<mdns::Millis>(began_ + patience - Clock::now());
    const auto heard = hear(all_answered() ? mdns::Millis(0) : std::max(left, mdns::Millis(0)));
    if (!heard) {
      return fail(heard.error());
    }
    if (!*heard) {
      return {};
    }
  }
}

bool TargetSearch::all_answered() const {
  const auto devices = asking_->devices();
  return std::ranges::all_of(targets_, [&](const KnownTarget& known) {
    const std::vector<std::string> host{known.target.host};
    return !is_address(known.target) ||
           meant(known.target, mdns::group_by_host(host, devices).front().devices) != nullptr;
  });
}

Result<std::vector<KnownTarget>> TargetSearch::finish(Need need) {
  if (asking_) {
    const bool near = std::ranges::all_of(
        targets_, [](const KnownTarget& known) { return is_loopback(known.target.host); });
    mdns::Millis patience = near ? kLoopbackTime : kUsualTime;
    if (need != Need::Useful) {
      patience = need == Need::Nice ? mdns::Millis(0) : kDecisiveTime;
    }
    if (const auto heard = listen(patience); !heard) {
      return fail(heard.error());
    }
    const auto devices = asking_->devices();
    for (KnownTarget& known : targets_) {
      if (known.device || !is_address(known.target)) {
        continue;
      }
      const std::vector<std::string> host{known.target.host};
      const auto answers = mdns::group_by_host(host, devices);
      if (const mdns::Device* const device = meant(known.target, answers.front().devices)) {
        know(known, *device);
      }
    }
    asking_.reset();
  }
  return std::move(targets_);
}

Result<void> confirm_targets(Messages& messages,
                             const std::vector<KnownTarget>& targets,
                             bool yes) {
  for (const KnownTarget& known : targets) {
    messages.note(known.device ? describe_device(*known.device) : known.target.name);
  }
  if (yes) {
    return {};
  }
  const std::string question = fmt::format(
      "Upload to {} {}? [y/N] ",
      targets.size() == 1 ? "this" : "these",
      targets.size() == 1 ? std::string("device") : fmt::format("{} devices", targets.size()));
  if (!may_prompt()) {
    return fail(Errc::ConfirmationNeeded,
                fmt::format("{} devices were chosen, and there is no terminal to ask whether "
                            "they are the right ones",
                            targets.size()));
  }
  const auto agreed = ask_yes_or_no(question);
  if (!agreed) {
    return fail(agreed.error());
  }
  return *agreed ? Result<void>()
                 : fail(Errc::ConfirmationNeeded, "the choice of devices was not confirmed");
}

}  // namespace otatool::cli
