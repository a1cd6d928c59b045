// Asks an update server for another application and installs it, as a state machine: the port
// reports events with their time, the client writes through Updater. No sockets, no clock, no heap.
// Times are milliseconds of a 32-bit counter that may wrap. Spec: espota.md 5.5.
#pragma once

#include "firmware/core/pull/pull_request.hpp"
#include "firmware/core/pull/pull_response.hpp"
#include "firmware/core/updater.hpp"

namespace otatool::firmware {

/// Timeouts in milliseconds.
struct PullTiming {
  uint32_t connect = 8'000;
  /// From the request to the end of the response's header.
  uint32_t answer = 8'000;
  /// Without a byte of the image.
  uint32_t stall = 15'000;
  /// For the server to close the connection.
  uint32_t linger = 1'000;
};

/// All of it must outlive the client.
struct PullPorts {
  Hooks& hooks;
  Restart& restart;
  Updater& updater;
  Flash& flash;
};

/// What a device asks, and whom. All of it must outlive the client.
struct PullTarget {
  Endpoint server;        ///< IPv4
  PullText path;          ///< see PullQuestion
  const uint8_t* mac;     ///< 6 bytes
  PullText version;       ///< see PullQuestion
  const FlashMap& map;    ///< where the running application is
  uint32_t running_size;  ///< bytes of it
};

/// How the last pull ended.
enum class PullResult : uint8_t {
  None,      ///< no pull has ended
  NoUpdate,  ///< the server has nothing for this device
  Updated,   ///< the device is about to restart
  NoConnection,
  Silent,     ///< the server stopped sending
  Cut,        ///< the connection ended before the response did
  Malformed,  ///< see PullOffer
  Status,     ///< see PullClient::status()
  NoLength,
  NoMd5,
  Refused,  ///< by the updater: see PullClient::error()
};

/// A short text for people, never null.
const char* describe(PullResult result);

class PullClient {
 public:
  enum class State : uint8_t { Idle, Connecting, Waiting, Receiving, Closing, Restarting };
  static constexpr uint32_t kNever = 0xFFFFFFFF;

  /// `connection` must outlive the client.
  PullClient(Connection& connection, const PullPorts& ports, const PullTarget& target)
      : PullClient(connection, ports, target, PullTiming()) {}
  PullClient(Connection& connection,
             const PullPorts& ports,
             const PullTarget& target,
             const PullTiming& timing)
      : connection_(connection), ports_(ports), target_(target), timing_(timing) {}

  /// Asks the server, unless a pull is under way. The first call reads the whole running
  /// application. No other update may use the updater while active() is true.
  void start(uint32_t now);

  void on_connected(uint32_t now);
  void on_connect_failed(uint32_t now);
  /// On return the bytes are consumed and written to flash: the port may only then reopen its TCP
  /// window.
  void on_bytes(const uint8_t* bytes, size_t length, uint32_t now);
  void on_closed(uint32_t now);

  /// Does what is due: timeouts, flash that can be erased ahead.
  void poll(uint32_t now);
  /// Milliseconds until poll() has work; kNever if it has none until the next event.
  uint32_t poll_after(uint32_t now) const;

  State state() const { return state_; }
  bool active() const { return state_ != State::Idle; }
  PullResult result() const { return result_; }
  /// The status of the last response; 0 without one.
  uint32_t status() const { return response_.status(); }
  /// Why the updater refused the last update.
  UpdateError error() const { return error_; }

 private:
  bool digest_running();
  PullText identify(char* text);
  void send_request(uint32_t now);
  void read_offer(uint32_t now);
  void begin_update(uint32_t now);
  void write(const uint8_t* bytes, size_t length, uint32_t now);
  void end_update(uint32_t now);
  void finish(PullResult result, uint32_t now);
  void fail(Stage stage, PullResult result);
  void refuse(Stage stage, UpdateError error);
  void leave();
  void enter(State state, uint32_t now);
  uint32_t limit() const;

  Connection& connection_;
  PullPorts ports_;
  PullTarget target_;
  PullTiming timing_;
  State state_ = State::Idle;
  PullResult result_ = PullResult::None;
  UpdateError error_ = UpdateError::None;
  bool digested_ = false;      ///< running_md5_ is known
  bool patch_ = false;         ///< the update is a difference update
  bool patch_failed_ = false;  ///< asks for no further difference update
  uint32_t last_activity_ = 0;
  PullResponse response_;
  uint8_t running_md5_[Md5::kDigestLength];
};

}  // namespace otatool::firmware
