// Makes a service known by multicast DNS on the interfaces through which it can be reached. Says
// nothing to anyone else; what cannot be done is returned.
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

/// `kitchen-2`: the name to try when others have `kitchen` and what came before; at most 63 bytes,
/// whole characters of UTF-8.
[[nodiscard]] std::string numbered_name(const std::string& name, unsigned number);

class AsioAnnouncer {
 public:
  using Listener = std::function<void(const Announced&)>;

  /// `type` is that of the service, without `._tcp`.
  AsioAnnouncer(boost::asio::io_context& context, AnnounceOptions options, std::string type);

  /// Announces a service that listens at `local`:`port` as soon as its name is found to be free on
  /// all interfaces, under another name if it is not; tells each name that it then has.
  /// NotFound for an interface that does not exist, ListenFailed if there is none to be used.
  /// `txt` is the data of the TXT record.
  [[nodiscard]] Result<void> start(const boost::asio::ip::address& local,
                                   std::uint16_t port,
                                   std::vector<std::uint8_t> txt,
                                   Listener listener);
  /// Tells somebody else, or nobody, from now on.
  void set_listener(Listener listener) { listener_ = std::move(listener); }
  /// The record has changed, or has not.
  void update(std::vector<std::uint8_t> txt);
  /// Says goodbye.
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
  unsigned number_ = 1;  ///< of the name, counted from the one that was wanted
  std::uint16_t port_ = 0;
  std::vector<std::uint8_t> txt_;
  std::vector<std::string> interfaces_;
  OwnDatagrams own_;
  std::list<AsioMdnsLink> links_;
  Listener listener_;
  std::string told_;  ///< the last name that the listener heard
};

}  // namespace otatool::announce
