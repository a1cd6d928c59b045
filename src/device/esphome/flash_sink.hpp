// Writes an image of ESPHome into the device's flash, with the error bytes of a
// chip.
#pragma once

#include <string>
#include <utility>

#include "device/esphome/esphome_receiver.hpp"
#include "device/web/http_update.hpp"

namespace otatool::device {

class FlashSink final : public EsphomeSink {
 public:
  FlashSink(FlashOwner& owner, std::string peer) : owner_(owner), update_(owner, std::move(peer)) {}

  std::uint8_t begin(std::uint32_t size) override;
  std::uint8_t write(Bytes bytes) override;
  std::uint8_t finish() override;

  HttpUpdate& update() { return update_; }

 private:
  [[nodiscard]] std::uint8_t fault() const;

  FlashOwner& owner_;
  HttpUpdate update_;
};

}  // namespace otatool::device
