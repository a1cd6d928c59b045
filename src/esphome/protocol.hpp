// The bytes of the ESPHome update protocol (esphome-ota.md 2, 6), for both ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace otatool::esphome {

inline constexpr std::array<std::uint8_t, 5> kMagic = {0x6C, 0x26, 0xF7, 0x5C, 0x45};
inline constexpr std::size_t kBlock = 8192;  ///< bytes that version 2 acknowledges at once
inline constexpr std::size_t kMd5Digits = 32;
inline constexpr std::size_t kSha256Digits = 64;

// Features that the host offers.
inline constexpr std::uint8_t kHostGzip = 0x01;
inline constexpr std::uint8_t kHostSha256 = 0x02;
inline constexpr std::uint8_t kHostExtended = 0x04;
inline constexpr std::uint8_t kHostNoise = 0x08;

// Features of the device's extended answer.
inline constexpr std::uint8_t kDeviceGzip = 0x01;
inline constexpr std::uint8_t kDevicePartitions = 0x02;
inline constexpr std::uint8_t kDeviceNoise = 0x04;

// Answers of the device.
inline constexpr std::uint8_t kOk = 0x00;
inline constexpr std::uint8_t kMd5Challenge = 0x01;
inline constexpr std::uint8_t kSha256Challenge = 0x02;
inline constexpr std::uint8_t kHeaderOk = 0x40;
inline constexpr std::uint8_t kAuthOk = 0x41;
inline constexpr std::uint8_t kPrepareOk = 0x42;
inline constexpr std::uint8_t kMd5Ok = 0x43;
inline constexpr std::uint8_t kReceiveOk = 0x44;
inline constexpr std::uint8_t kEndOk = 0x45;
inline constexpr std::uint8_t kWantsGzip = 0x46;
inline constexpr std::uint8_t kBlockOk = 0x47;
inline constexpr std::uint8_t kFeatureFlags = 0x48;

// Error bytes of the device.
inline constexpr std::uint8_t kFaultMagic = 0x80;
inline constexpr std::uint8_t kFaultPrepare = 0x81;
inline constexpr std::uint8_t kFaultAuth = 0x82;
inline constexpr std::uint8_t kFaultWriting = 0x83;
inline constexpr std::uint8_t kFaultEnd = 0x84;
inline constexpr std::uint8_t kFaultSpaceEsp8266 = 0x88;
inline constexpr std::uint8_t kFaultSpaceEsp32 = 0x89;
inline constexpr std::uint8_t kFaultMd5 = 0x8B;
inline constexpr std::uint8_t kFaultSignature = 0x8D;
inline constexpr std::uint8_t kFaultImageKind = 0x8E;
inline constexpr std::uint8_t kFaultDowngrade = 0x93;
inline constexpr std::uint8_t kFaultEncryption = 0x94;
inline constexpr std::uint8_t kFaultUnknown = 0xFF;

/// Every byte from here on is an error (esphome-ota.md 6).
inline constexpr std::uint8_t kFirstFault = 0x80;

inline constexpr std::uint8_t kApplication = 0x00;  ///< the kind of image

}  // namespace otatool::esphome
