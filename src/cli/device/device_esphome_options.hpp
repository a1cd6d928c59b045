// The options of `otatool device` for updates like those of ESPHome.
#pragma once

#include "otatool/device/virtual_device.hpp"

#include "cli/frame/command.hpp"

namespace otatool::cli {

class OptionReader;

inline constexpr Option kEsphomeOption = {
    .name = "esphome",
    .value = "N",
    .help = "accept updates of ESPHome on TCP port N, 0: any (no such port)"};
inline constexpr Option kEsphomeProtocolOption = {
    .name = "esphome-protocol",
    .value = "1|2|extended",
    .help = "version of that protocol; the newest devices are extended (extended)"};
inline constexpr Option kEncryptionKeyFileOption = {
    .name = "encryption-key-file",
    .value = "FILE",
    .help =
        "accept only encrypted updates with the key in FILE: base64 of 32 "
        "bytes"};
inline constexpr Option kEsphomePlainOption = {
    .name = "esphome-plain", .help = "never ask for gzip; an ESP8266 asks for it"};
inline constexpr Option kEsphomeErrorOption = {
    .name = "esphome-error",
    .value = "BYTE@STEP",
    .help =
        "answer with this error at magic, features, auth, size, md5, data "
        "or end: 89@size"};

/// Sets `esphome`. Usage, FileUnreadable or KeyUnusable for the key.
void read_device_esphome(OptionReader& read, device::DeviceOptions& options);

}  // namespace otatool::cli
