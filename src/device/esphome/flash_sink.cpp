#include "device/esphome/flash_sink.hpp"

#include <optional>

namespace otatool::device {

std::uint8_t FlashSink::begin(std::uint32_t size) {
  // The MD5 follows after the device is ready; EsphomeReceiver compares it.
  return update_.begin({wire::Command::Flash, size, std::nullopt}) ? 0 : fault();
}

std::uint8_t FlashSink::write(Bytes bytes) {
  return update_.write(bytes) ? 0 : fault();
}

std::uint8_t FlashSink::finish() {
  return update_.finish() ? 0 : fault();
}

std::uint8_t FlashSink::fault() const {
  using firmware::UpdateError;
  switch (update_.error()) {
    case UpdateError::Space:
    case UpdateError::Size:
      return owner_.facts().chip == ChipFamily::Esp8266 ? esphome::kFaultSpaceEsp8266
                                                        : esphome::kFaultSpaceEsp32;
    case UpdateError::Write:
    case UpdateError::Erase:
    case UpdateError::Read:
      return esphome::kFaultWriting;
    case UpdateError::SignatureMissing:
    case UpdateError::SignatureKey:
    case UpdateError::SignatureLength:
    case UpdateError::SignatureWrong:
      return esphome::kFaultSignature;
    case UpdateError::VersionMissing:
    case UpdateError::VersionOld:
      return esphome::kFaultDowngrade;
    case UpdateError::AlreadyRunning:
    case UpdateError::OnTrial:
      return esphome::kFaultPrepare;
    default:
      return esphome::kFaultEnd;
  }
}

}  // namespace otatool::device
