// A second host that uploads to the device of a simulation: its handshake only.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "otatool/error.hpp"
#include "otatool/espota/session.hpp"

#include "tests/support/virtual_time.hpp"

namespace otatool::testing {

class RivalHost {
 public:
  using Send = std::function<void(const espota::SendDatagram&)>;

  RivalHost(Agenda& agenda, const espota::Plan& plan, Send send)
      : agenda_(agenda), session_(plan, espota::CnonceSeed{0xBA, 0xD1}), send_(std::move(send)) {}

  void start_at(Millis time);
  void feed(const espota::Event& event);
  /// The device has connected to this host, which ends it.
  void connect();

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  void wait_until(Millis deadline);

  Agenda& agenda_;
  espota::Session session_;
  Send send_;
  unsigned wait_ = 0;  ///< number of the current wait
  bool done_ = false;
  bool connected_ = false;
  std::optional<Error> error_;
};

}  // namespace otatool::testing
