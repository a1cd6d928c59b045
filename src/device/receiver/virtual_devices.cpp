#include <csignal>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "otatool/device/virtual_device.hpp"

#include "device/flash/flash_file.hpp"
#include "device/receiver/asio_device.hpp"

namespace otatool::device {
namespace {

Result<std::unique_ptr<FlashStorage>> open_storage(const DeviceOptions& options) {
  if (options.flash_file.empty()) {
    return std::make_unique<MemoryStorage>(options.flash_size == 0 ? kDefaultFlashSize
                                                                   : options.flash_size);
  }
  TRY(auto file, FlashFile::open(options.flash_file, options.flash_size));
  return file;
}

}  // namespace

class VirtualDevices::State {
 public:
  explicit State(DeviceObserver& observer) : observer_(observer), signals_(context_) {}

  Result<std::uint16_t> add(const DeviceOptions& options) {
    TRY(auto storage, open_storage(options));
    auto device = std::make_unique<AsioDevice>(
        context_,
        devices_.size(),
        options,
        std::make_unique<NorFlash>(std::move(storage), options.flash_speed),
        observer_);
    auto port = device->start();
    if (port) {
      devices_.push_back(std::move(device));
    }
    return port;
  }

  [[nodiscard]] std::optional<std::uint16_t> form_port(std::size_t device) const {
    return devices_.at(device)->form_port();
  }

  [[nodiscard]] std::optional<std::uint16_t> esphome_port(std::size_t device) const {
    return devices_.at(device)->esphome_port();
  }

  RunEnd run() {
    boost::system::error_code ignored;
    signals_.add(SIGINT, ignored);
    signals_.add(SIGTERM, ignored);
    RunEnd end = RunEnd::Stopped;
    signals_.async_wait([this, &end](boost::system::error_code error, int signal) {
      if (!error) {
        end = signal == SIGTERM ? RunEnd::Terminated : RunEnd::Interrupted;
        stop_devices();
      }
    });
    context_.run();
    context_.restart();
    return end;
  }

  void stop() {
    boost::asio::post(context_, [this] { stop_devices(); });
  }

 private:
  void stop_devices() {
    for (const auto& device : devices_) {
      device->stop();
    }
    context_.stop();
  }

  DeviceObserver& observer_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_;
  std::vector<std::unique_ptr<AsioDevice>> devices_;
};

VirtualDevices::VirtualDevices(DeviceObserver& observer)
    : state_(std::make_unique<State>(observer)) {}
VirtualDevices::~VirtualDevices() = default;

std::optional<std::uint16_t> VirtualDevices::form_port(std::size_t device) const {
  return state_->form_port(device);
}

std::optional<std::uint16_t> VirtualDevices::esphome_port(std::size_t device) const {
  return state_->esphome_port(device);
}

Result<std::uint16_t> VirtualDevices::add(const DeviceOptions& options) {
  return state_->add(options);
}

VirtualDevices::RunEnd VirtualDevices::run() {
  return state_->run();
}

void VirtualDevices::stop() {
  state_->stop();
}

}  // namespace otatool::device
