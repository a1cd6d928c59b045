// device_farm [mixed] COUNT [PASSWORD]: runs COUNT virtual ESP8266s on loopback in one process
// until SIGTERM or SIGINT. Prints the UDP port of each device on a line, `all applied` as soon as
// each device has booted one image, and `applied N` at the end. With `mixed`, the devices take
// espota, the protocol of ESPHome and a web form in turn, and each line is a target of an upload.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <variant>

#include "otatool/device/virtual_device.hpp"

namespace {

class Counter final : public otatool::device::DeviceObserver {
 public:
  explicit Counter(std::size_t devices) : devices_(devices) {}

  void on_event(std::size_t, const otatool::device::DeviceEvent& event) override {
    if (const auto* booted = std::get_if<otatool::device::Booted>(&event)) {
      applied_ += booted->applied ? 1U : 0U;
      if (booted->applied && applied_ == devices_) {
        std::puts("all applied");
        std::fflush(stdout);
      }
    }
  }
  [[nodiscard]] std::size_t applied() const { return applied_; }

 private:
  std::size_t devices_;
  std::size_t applied_ = 0;
};

/// Each device uses two descriptors while it receives.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

constexpr std::size_t kWays = 3;

/// Each way has an address of its own: the number of a UDP port may also be that of a TCP port, and
/// a host accepts one image at a port.
std::string address_of(std::size_t device) {
  return "127.0.0." + std::to_string(1 + device % kWays);
}

void choose_way(std::size_t device, otatool::device::DeviceOptions& options) {
  options.bind_address = address_of(device);
  options.esphome.reset();
  options.form.reset();
  if (device % kWays == 1) {
    options.esphome.emplace();
    options.esphome->gzip = true;
  } else if (device % kWays == 2) {
    options.form.emplace();
  }
}

std::string target_of(const otatool::device::VirtualDevices& farm,
                      std::size_t device,
                      std::uint16_t port) {
  if (const auto esphome = farm.esphome_port(device)) {
    return "esphome://" + address_of(device) + ":" + std::to_string(*esphome);
  }
  if (const auto form = farm.form_port(device)) {
    return "http://" + address_of(device) + ":" + std::to_string(*form) + "/update";
  }
  return address_of(device) + ":" + std::to_string(port);
}

}  // namespace

int main(int argc, char** argv) {
  const bool mixed = argc > 1 && std::strcmp(argv[1], "mixed") == 0;
  if (mixed) {
    --argc;
    ++argv;
  }
  std::size_t count = 0;
  if (argc < 2 || argc > 3 ||
      std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), count).ec != std::errc()) {
    std::fputs("usage: device_farm [mixed] COUNT [PASSWORD]\n", stderr);
    return 2;
  }
  raise_descriptor_limit();
  Counter counter(count);
  otatool::device::VirtualDevices farm(counter);
  otatool::device::DeviceOptions options;
  options.flash_size = 1024 * 1024;
  if (argc == 3) {
    options.password = otatool::Secret(argv[2]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (mixed) {
      choose_way(i, options);
    }
    const auto port = farm.add(options);
    if (!port) {
      std::fprintf(stderr, "device_farm: %s\n", port.error().message().c_str());
      return 1;
    }
    std::puts((mixed ? target_of(farm, i, *port) : std::to_string(*port)).c_str());
  }
  std::fflush(stdout);
  farm.run();
  std::printf("applied %zu\n", counter.applied());
  return 0;
}
