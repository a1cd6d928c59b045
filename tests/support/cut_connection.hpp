// A network between otatool and an espota device at 127.0.0.1 that cuts the first connection of an
// upload. It runs in a thread: it passes datagrams on, announces a port of its own in each
// invitation, and passes on the bytes of the connections that come to it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace otatool::test {

class CutConnection {
 public:
  /// The first connection ends for both sides after the device has got `bytes` of the host.
  CutConnection(std::uint16_t device_port, std::size_t bytes);
  CutConnection(const CutConnection&) = delete;
  CutConnection& operator=(const CutConnection&) = delete;
  ~CutConnection();

  [[nodiscard]] std::string target() const;
  /// What each connection brought to the device, in their order.
  [[nodiscard]] std::vector<std::string> carried() const;

 private:
  void run();
  void pass_invitation();
  void pass_answers() const;
  void connect_to_host();
  void pass_image();
  void pass_replies();
  void end_connection();
  [[nodiscard]] std::size_t left() const;

  std::size_t cut_after_;
  int front_;     ///< gets datagrams of the host
  int back_;      ///< gets datagrams of the device
  int listener_;  ///< gets connections of the device
  int stop_[2] = {-1, -1};
  int to_host_ = -1;
  int to_device_ = -1;
  std::uint16_t host_udp_port_ = 0;
  std::uint16_t host_tcp_port_ = 0;
  bool image_ended_ = false;  ///< the device gets no more bytes of this connection
  mutable std::mutex mutex_;
  std::vector<std::string> carried_;
  std::thread thread_;
};

}  // namespace otatool::test
