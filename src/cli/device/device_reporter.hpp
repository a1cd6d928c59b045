// The output of a virtual device: the serial log of a sketch with ArduinoOTA, or JSON lines.
// Reports the end of the first update. No sockets, no files.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "otatool/device/virtual_device.hpp"
#include "otatool/error.hpp"

#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {

class DeviceReporter final : public device::DeviceObserver {
 public:
  /// Result of an update; without a value it was applied.
  using Ending = std::optional<HintedError>;
  /// `on_update_over` is called when an update was applied or failed, except for a refused
  /// password: the host may retry with its other form.
  DeviceReporter(Messages& messages, std::function<void(const Ending&)> on_update_over);

  void on_event(std::size_t device, const device::DeviceEvent& event) override;

 private:
  void on_invited(const device::Invited& invited);
  void on_started(const device::UpdateStarted& started);
  void on_progress(const device::UpdateProgressed& progress);
  void on_ended();
  void on_failed(const device::UpdateFailed& failed);
  void on_recovered();
  void on_booted(const device::Booted& booted);
  void on_pulled(const device::Pulled& pulled);

  Messages& messages_;
  std::function<void(const Ending&)> on_update_over_;
  wire::Command command_ = wire::Command::Flash;
  unsigned last_tenth_ = 0;
  bool ended_ = false;  ///< the update succeeded, the restart follows
  std::optional<device::UpdateFailed> failure_;
};

}  // namespace otatool::cli
