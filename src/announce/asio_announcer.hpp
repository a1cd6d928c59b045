// Announces a service by multicast DNS on the interfaces that lead to it. Prints nothing; returns
// errors.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include "otatool/announce/announcement.hpp"
#include "otatool/result.hpp"

#include "announce/asio_mdns_link.hpp"

namespace otatool::announce {

/// `kitchen-2`: the name to try if `kitchen` is taken. At most 63 bytes; keeps UTF-8 characters
/// whole.
[[nodiscard]] std::string numbered_name(const std::string& name, unsigned number);

/// The data of a TXT record: `texts`, each of at most 255 bytes, after its length (RFC 6763 6.1).
[[nodiscard]] std::vector<std::uint8_t> txt_data(const std::vector<std::string>& texts);

class AsioAnnouncer {
 public:
  using Listener = std::function<void(const Announced&)>;

  /// `type` is the service type without `._tcp`.
  AsioAnnouncer(boost::asio::io_context& context, AnnounceOptions options, std::string type);

  /// Announces a service that listens at `local`:`port`. Probes the name on all interfaces first,
  /// and takes another one if it is in use; reports each final name to `listener`. `txt` is the
  /// data of the TXT record. NotFound for a missing interface, ListenFailed without a usable one.
  [[nodiscard]] Result<void> start(const boost::asio::ip::address& local,
                                   std::uint16_t port,
                                   std::vector<std::uint8_t> txt,
                                   Listener listener);
  /// Replaces the listener; may be empty.
  void set_listener(Listener listener) { listener_ = std::move(listener); }
  /// Announces a new TXT record, if it differs.
  void update(std::vector<std::uint8_t> txt);
  /// Sends goodbye.
  void stop();

 private:
  [[nodiscard]] firmware::Announcement announcement() const;
  void on_claim();
  void claim();

  boost::asio::io_context& context_;
  AnnounceOptions options_;
  std::string type_;
  std::string name_;
  std::string host_;
  unsigned number_ = 1;  ///< suffix of the name; 1: none
  std::uint16_t port_ = 0;
  std::vector<std::uint8_t> txt_;
  std::vector<std::string> interfaces_;
  OwnDatagrams own_;
  std::list<AsioMdnsLink> links_;
  Listener listener_;
  std::string reported_;  ///< the last name reported to the listener
};

}  // namespace otatool::announce
