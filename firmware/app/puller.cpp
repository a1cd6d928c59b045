#include "firmware/app/puller.hpp"

#include <string.h>

#include "firmware/app/application.hpp"
#include "firmware/qemu/board/board.hpp"

namespace otatool::firmware {
namespace {

PullText version_text() {
  static char digits[10];
  return {digits, wire::detail::Writer(digits).number(kApplicationVersion).length()};
}

}  // namespace

PullTarget pull_target(const Settings& settings,
                       const uint8_t* mac,
                       const FlashMap& map,
                       uint32_t running_size) {
  PullTarget target{{{}, 4, 0, static_cast<uint16_t>(settings.server_port)},
                    {settings.pull_path, settings.pull_path_length},
                    mac,
                    version_text(),
                    map,
                    running_size};
  memcpy(target.server.address, settings.server, sizeof(settings.server));
  return target;
}

void Puller::poll(bool may_start) {
  const uint32_t now = board::now();
  const bool due = !asked_ || now - last_end_ >= settings_.pull_interval;
  bool pulling = client_.active();
  if (settings_.server_port != 0 && may_start && due && !pulling) {
    asked_ = true;
    pulling = true;
    client_.start(now);
  }
  connection_.poll();
  client_.poll(board::now());
  if (pulling && !client_.active()) {
    last_end_ = now;
    print_result();
  }
}

uint32_t Puller::poll_after() const {
  return client_.poll_after(board::now());
}

void Puller::on_connected() {
  client_.on_connected(board::now());
}

void Puller::on_connect_failed() {
  client_.on_connect_failed(board::now());
}

void Puller::on_bytes(const uint8_t* bytes, size_t length) {
  client_.on_bytes(bytes, length, board::now());
}

void Puller::on_closed() {
  client_.on_closed(board::now());
}

void Puller::print_result() const {
  board::print("pull: ");
  board::print(describe(client_.result()));
  board::print(", status ");
  board::print_number(client_.status());
  board::print("\n");
}

}  // namespace otatool::firmware
