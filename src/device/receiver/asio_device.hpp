// One virtual device: firmware/core on Asio sockets, with a simulated flash and the host's random
// source. Runs in one thread, as the receiver does on a chip.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "otatool/device/virtual_device.hpp"

#include "announce/asio_announcer.hpp"
#include "device/esphome/asio_esphome_server.hpp"
#include "device/flash/nor_flash.hpp"
#include "device/receiver/asio_connection.hpp"
#include "device/receiver/flash_owner.hpp"
#include "device/receiver/image_key_verifier.hpp"
#include "device/web/asio_form_server.hpp"
#include "device/web/asio_puller.hpp"
#include "firmware/core/boot/boot.hpp"
#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/package/delta_applier.hpp"
#include "firmware/core/package/inflate.hpp"
#include "firmware/core/package/package_verifier.hpp"
#include "firmware/core/receiver.hpp"

namespace otatool::device {

class AsioDevice final : private firmware::Link,
                         private firmware::Random,
                         private firmware::Hooks,
                         private firmware::Restart,
                         private ConnectionOwner,
                         private FlashOwner {
 public:
  using udp = boost::asio::ip::udp;

  /// `number` identifies the device to the observer. The caller runs the context.
  AsioDevice(boost::asio::io_context& context,
             std::size_t number,
             const DeviceOptions& options,
             std::unique_ptr<NorFlash> flash,
             DeviceObserver& observer);
  AsioDevice(const AsioDevice&) = delete;
  AsioDevice& operator=(const AsioDevice&) = delete;
  ~AsioDevice();

  /// Binds the UDP port and boots. Usage or ListenFailed otherwise.
  [[nodiscard]] Result<std::uint16_t> start();
  /// Resets an open connection and closes all sockets.
  void stop();
  /// TCP port of the upload page, if there is one.
  [[nodiscard]] std::optional<std::uint16_t> form_port() const { return form_port_; }
  /// TCP port of ESPHome's updates, if there is one.
  [[nodiscard]] std::optional<std::uint16_t> esphome_port() const { return esphome_port_; }

 private:
  void send_datagram(const firmware::Endpoint& to, const char* bytes, std::size_t length) override;
  void connect(const firmware::Endpoint& to) override;
  bool send(const char* bytes, std::size_t length) override;
  std::size_t undelivered() const override;
  void close() override;
  void drop() override;
  void fill(std::uint8_t* bytes, std::size_t length) override;
  void on_start(wire::Command command) override;
  void on_progress(std::uint32_t done, std::uint32_t total) override;
  void on_end() override;
  void on_error(firmware::Stage stage, firmware::UpdateError error) override;
  void restart() override;
  void on_connected() override;
  void on_connect_failed(boost::system::error_code reason) override;
  void on_bytes(std::span<const std::uint8_t> bytes) override;
  void on_closed(boost::system::error_code reason) override;
  firmware::Updater* acquire_flash() override;
  void release_flash() override;
  void restart_device() override;
  DeviceFacts facts() override;
  std::chrono::microseconds busy_time() override;
  void report(const DeviceEvent& event) override;

  void receive();
  void on_datagram(std::string_view text);
  void after_event();
  void schedule_poll();
  void boot();
  void serve(const firmware::BootReport& boot);
  void announce(bool first);
  /// What application_sha256_ must be now.
  [[nodiscard]] std::string hash_for_patches();
  [[nodiscard]] firmware::ImageChecks image_checks();
  [[nodiscard]] std::uint32_t now() const;
  /// Sets up upload page, puller and the port of ESPHome. ListenFailed or KeyUnusable.
  [[nodiscard]] Result<void> open_http(const boost::asio::ip::address& address);
  /// Starts them after a boot; `first`: after the first one.
  void serve_http(bool first);
  void stop_http();

  boost::asio::io_context& context_;
  std::size_t number_;
  DeviceOptions options_;
  DeviceObserver& observer_;
  std::unique_ptr<NorFlash> flash_;
  firmware::FlashMap map_{};
  std::uint32_t application_size_ = 0;
  std::string application_md5_;
  std::string application_sha256_;  ///< empty: no application, or no difference updates
  Secret stored_;
  firmware::SoftwareSha256 sha256_;
  std::optional<ImageKeyVerifier> image_key_;
  std::array<std::uint8_t, firmware::Inflater::kWindowBytes> inflate_window_{};
  firmware::Inflater inflater_{inflate_window_.data()};
  firmware::GzipPackageVerifier packages_{inflater_};
  std::optional<firmware::Authenticator> authenticator_;
  std::optional<firmware::JournalInstaller> installer_;
  std::optional<firmware::DeltaApplier> patches_;  ///< for the application that runs
  std::optional<firmware::Updater> updater_;
  std::optional<firmware::Receiver> receiver_;  ///< empty while the device boots
  bool restart_wanted_ = false;
  bool failed_ = false;     ///< an update failed; Recovered is not reported yet
  bool receiving_ = false;  ///< has booted once; earlier datagrams wait in the socket
  udp::socket socket_;
  udp::endpoint sender_;
  std::array<char, 1500> datagram_{};
  boost::asio::steady_timer timer_;
  std::optional<announce::AsioAnnouncer> announcer_;  ///< empty: not announced
  std::chrono::steady_clock::time_point busy_until_{};
  std::shared_ptr<AsioConnection> connection_;
  std::string peer_;  ///< address of the connection's peer, for messages
  boost::system::error_code connection_error_;
  std::shared_ptr<AsioFormServer> form_;  ///< null: no upload page
  std::optional<std::uint16_t> form_port_;
  std::shared_ptr<AsioPuller> puller_;          ///< null: no server to ask
  std::shared_ptr<AsioEsphomeServer> esphome_;  ///< null: no such port
  std::optional<std::uint16_t> esphome_port_;
  bool http_update_ =
      false;  ///< an update by HTTP or ESPHome owns the flash; invitations are ignored
};

}  // namespace otatool::device
