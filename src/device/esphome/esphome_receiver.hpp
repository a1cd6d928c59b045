// The update protocol of ESPHome at the device's end, as a state machine: bytes
// in, bytes out. No sockets, no clock, no random source. Spec: esphome-ota.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "otatool/bytes.hpp"
#include "otatool/device/virtual_device.hpp"
#include "otatool/esphome/session.hpp"
#include "otatool/secret.hpp"

#include "esphome/channel.hpp"
#include "esphome/protocol.hpp"
#include "firmware/core/digest/md5.hpp"

namespace otatool::device {

/// Takes the image. Each function returns 0, or the error byte that the device
/// reports.
class EsphomeSink {
 public:
  virtual std::uint8_t begin(std::uint32_t size) = 0;
  virtual std::uint8_t write(Bytes bytes) = 0;
  virtual std::uint8_t finish() = 0;

 protected:
  ~EsphomeSink() = default;
};

/// What the device is and demands.
struct EsphomeRules {
  EsphomeOptions options;
  Secret password;         ///< empty: none
  std::size_t window = 0;  ///< see DeviceOptions
};

/// Random bytes of one connection.
struct EsphomeSeed {
  std::array<std::uint8_t, 32> nonce{};
  esphome::NoiseSecret ephemeral;
};

class EsphomeReceiver {
 public:
  EsphomeReceiver(const EsphomeRules& rules, const EsphomeSeed& seed, EsphomeSink& sink);

  /// Takes bytes of the host. Ignores them after an error.
  void receive(Bytes bytes);
  /// What to send to the host.
  [[nodiscard]] std::string take_output();

  /// The connection is over: after the output it is to be closed.
  [[nodiscard]] bool over() const { return step_ == Step::Over; }
  /// The image is in the flash, and the host knows it.
  [[nodiscard]] bool succeeded() const { return succeeded_; }
  /// Why the connection is over, unless the sink knows it. Empty after success.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  /// True before the host has proved the password.
  [[nodiscard]] bool authenticating() const { return step_ < Step::Kind; }
  /// The host left, as `how` says: without its last acknowledgement, an
  /// accepted image still counts.
  void end(const Error& how);

 private:
  enum class Step { Magic, Features, Handshake, Response, Kind, Size, Md5, Data, Farewell, Over };

  bool advance();
  [[nodiscard]] std::size_t wanted() const;
  void take(Bytes unit);
  void take_magic(Bytes magic);
  void take_features(std::uint8_t features);
  void answer_flags(bool gzip);
  void ask_for_password();
  void take_response(Bytes response);
  void admit();
  void take_size(Bytes size);
  void take_md5(Bytes digits);
  void take_data(Bytes data);
  void finish_image();
  void acknowledge(std::size_t before);
  /// Sends `answer`, or the error that the options ask for at `step`; false in
  /// that case.
  bool answer(EsphomeStep step, std::uint8_t answer);
  void refuse(std::uint8_t fault, std::optional<Error> error);
  void send(Bytes unit) { channel_.send(unit, output_); }
  void send_byte(std::uint8_t byte) { send(Bytes(&byte, 1)); }
  [[nodiscard]] std::uint8_t version() const;
  [[nodiscard]] bool uses_sha256() const { return rules_.options.auth == wire::AuthHash::Sha256; }
  [[nodiscard]] esphome::Challenge challenge() const {
    return uses_sha256() ? esphome::Challenge::Sha256 : esphome::Challenge::Md5;
  }

  const EsphomeRules& rules_;
  EsphomeSeed seed_;
  EsphomeSink& sink_;
  esphome::Channel channel_;
  std::string output_;
  Step step_ = Step::Magic;
  std::uint8_t features_ = 0;  ///< that the host offers
  std::string nonce_;
  std::uint32_t size_ = 0;
  std::uint32_t received_ = 0;
  std::string md5_text_;
  firmware::Md5 md5_;
  bool succeeded_ = false;
  std::optional<Error> error_;
};

}  // namespace otatool::device
