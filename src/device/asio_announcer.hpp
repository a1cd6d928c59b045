// Makes a service known by multicast DNS on the interfaces through which it can be reached. Says
// nothing to anyone else; what cannot be done is returned.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include "otatool/device/virtual_device.hpp"
#include "otatool/result.hpp"

#include "device/asio_mdns_link.hpp"

namespace otatool::device {

/// What a core calls itself: `esp8266-` and six hex digits, `esp32-` and twelve. The digits stand
/// for this host and the port, so that a device keeps its name.
[[nodiscard]] std::string default_device_name(Chip chip, std::uint16_t port);

class AsioAnnouncer {
 public:
  /// `type` is that of the service, without `._tcp`.
  AsioAnnouncer(boost::asio::io_context& context, AnnounceOptions options, std::string type);

  /// Announces a service that listens at `local`:`port`; returns the interfaces on which it does.
  /// NotFound for an interface that does not exist, ListenFailed if there is none to be used.
  /// `txt` is the data of the TXT record.
  [[nodiscard]] Result<std::vector<std::string>> start(const boost::asio::ip::address& local,
                                                       std::uint16_t port,
                                                       std::vector<std::uint8_t> txt);
  /// The record has changed, or has not.
  void update(std::vector<std::uint8_t> txt);
  /// Says goodbye.
  void stop();

  [[nodiscard]] const std::string& name() const { return options_.name; }
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  boost::asio::io_context& context_;
  AnnounceOptions options_;
  std::string type_;
  std::string host_;
  std::uint16_t port_ = 0;
  std::vector<std::uint8_t> txt_;
  std::list<AsioMdnsLink> links_;
};

}  // namespace otatool::device
