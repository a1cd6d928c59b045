#include "cli/device/device_reporter.hpp"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "otatool/overloaded.hpp"

#include "cli/device/pull_hints.hpp"
#include "cli/discover/announce_report.hpp"
#include "cli/io/error_json.hpp"

namespace otatool::cli {
namespace {

constexpr unsigned kSerialProgressSteps = 10;

std::string_view command_name(wire::Command command) {
  return command == wire::Command::Flash ? "flash" : "filesystem";
}

std::string_view stage_name(device::Stage stage) {
  constexpr std::array<std::string_view, 5> kNames = {"auth", "begin", "connect", "receive", "end"};
  return kNames[static_cast<std::size_t>(stage)];
}

/// The text of ArduinoOTA's examples.
std::string_view stage_words(device::Stage stage) {
  constexpr std::array<std::string_view, 5> kWords = {
      "Auth Failed", "Begin Failed", "Connect Failed", "Receive Failed", "End Failed"};
  return kWords[static_cast<std::size_t>(stage)];
}

HintedError hinted(const Error& error) {
  return {error, std::string(hint_for(error.code()))};
}

}  // namespace

DeviceReporter::DeviceReporter(Messages& messages,
                               std::function<void(const Ending&)> on_update_over)
    : messages_(messages), on_update_over_(std::move(on_update_over)) {}

void DeviceReporter::on_event(std::size_t, const device::DeviceEvent& event) {
  std::visit(
      Overloaded{
          [this](const device::Invited& invited) { on_invited(invited); },
          [this](const device::UpdateStarted& started) { on_started(started); },
          [this](const device::UpdateProgressed& progress) { on_progress(progress); },
          [this](const device::UpdateEnded&) { on_ended(); },
          [this](const device::UpdateFailed& failed) { on_failed(failed); },
          [this](const device::Recovered&) { on_recovered(); },
          [this](const device::Booted& booted) { on_booted(booted); },
          [this](const device::Pulled& pulled) { on_pulled(pulled); },
          [this](const announce::Announced& announced) { report_announced(messages_, announced); },
          [this](const device::NotAnnounced& failed) {
            report_not_announced(messages_, failed.error);
          },
      },
      event);
}

void DeviceReporter::on_invited(const device::Invited& invited) {
  messages_.result(fmt::format("Invitation from {}: {}, {} bytes, md5 {}",
                               invited.from,
                               command_name(invited.command),
                               invited.size,
                               invited.md5));
  messages_.json_line({{"event", "invitation"},
                       {"from", invited.from},
                       {"command", command_name(invited.command)},
                       {"bytes", invited.size},
                       {"md5", invited.md5}});
}

void DeviceReporter::on_started(const device::UpdateStarted& started) {
  command_ = started.command;
  last_tenth_ = 0;
  messages_.result(command_ == wire::Command::Flash ? "Start updating sketch"
                                                    : "Start updating filesystem");
  messages_.json_line({{"event", "start"}, {"command", command_name(command_)}});
}

void DeviceReporter::on_progress(const device::UpdateProgressed& progress) {
  const auto tenth =
      static_cast<unsigned>(std::uint64_t{progress.done} * kSerialProgressSteps / progress.total);
  if (tenth == std::exchange(last_tenth_, tenth)) {
    return;
  }
  messages_.result(fmt::format("Progress: {}%", tenth * 100 / kSerialProgressSteps));
  messages_.json_line({{"event", "progress"}, {"bytes", progress.done}, {"total", progress.total}});
}

void DeviceReporter::on_ended() {
  ended_ = true;
  messages_.result("End");
  messages_.json_line({{"event", "end"}});
}

void DeviceReporter::on_failed(const device::UpdateFailed& failed) {
  failure_ = failed;
  messages_.result(fmt::format("Error[{}]: {} ({})",
                               static_cast<int>(failed.stage),
                               stage_words(failed.stage),
                               failed.error.message()));
  messages_.json_line({{"event", "error"},
                       {"stage", stage_name(failed.stage)},
                       {"error", error_json(failed.error, {})}});
}

void DeviceReporter::on_recovered() {
  const auto failure = std::exchange(failure_, std::nullopt);
  if (failure && failure->stage != device::Stage::Auth) {
    on_update_over_(hinted(failure->error));
  }
}

void DeviceReporter::on_booted(const device::Booted& booted) {
  if (booted.size == 0) {
    messages_.result("Boot: no application");
  } else {
    messages_.result(fmt::format("Boot: {}application of {} bytes, md5 {}",
                                 booted.applied ? "new " : "",
                                 booted.size,
                                 booted.md5));
  }
  messages_.json_line({{"event", "boot"},
                       {"applied", booted.applied},
                       {"resumed", booted.resumed},
                       {"bytes", booted.size},
                       {"md5", booted.size == 0 ? nlohmann::json() : nlohmann::json(booted.md5)}});
  if (!std::exchange(ended_, false)) {
    return;
  }
  if (booted.applied || command_ == wire::Command::Filesystem) {
    on_update_over_(std::nullopt);
  } else {
    on_update_over_(hinted(Error(Errc::DeviceReported, "the loader refused the staged image")));
  }
}

void DeviceReporter::on_pulled(const device::Pulled& pulled) {
  // The text of ESP8266httpUpdate's examples.
  constexpr std::array<std::string_view, 3> kWords = {
      "HTTP_UPDATE_NO_UPDATES", "HTTP_UPDATE_OK", "HTTP_UPDATE_FAILED"};
  constexpr std::array<std::string_view, 3> kNames = {"up-to-date", "updated", "failed"};
  const auto outcome = static_cast<std::size_t>(pulled.outcome);
  messages_.result(pulled.error ? fmt::format("{} ({})", kWords[outcome], pulled.error->message())
                                : std::string(kWords[outcome]));
  messages_.json_line(
      {{"event", "pull"},
       {"url", pulled.url},
       {"command", command_name(pulled.what)},
       {"status", pulled.status == 0 ? nlohmann::json() : nlohmann::json(pulled.status)},
       {"outcome", kNames[outcome]},
       {"error", pulled.error ? error_json(*pulled.error, {}) : nlohmann::json()}});
  if (pulled.error && !failure_) {
    on_update_over_(HintedError{*pulled.error, pull_hint(*pulled.error)});
  }
}

}  // namespace otatool::cli
