// The options of `otatool device` for updates by HTTP.
#pragma once

#include "otatool/device/virtual_device.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"

namespace otatool::cli {

class OptionReader;

inline constexpr Option kHttpOption = {
    .name = "http",
    .value = "N",
    .help = "serve the upload page /update on TCP port N, 0: any (no page)"};
inline constexpr Option kFormUserOption = {
    .name = "user", .value = "NAME", .help = "user name of the upload page (admin)"};
inline constexpr Option kFormAuthOption = {
    .name = "http-auth",
    .value = "basic|digest",
    .help = "authentication scheme of the upload page (basic)"};
inline constexpr Option kPullOption = {
    .name = "pull", .value = "URL", .help = "ask this server for updates, as ESPhttpUpdate does"};
inline constexpr Option kIntervalOption = {
    .name = "interval", .value = "S", .help = "seconds between two requests to the server (60)"};
inline constexpr Option kPullCaOption = {
    .name = "ca", .value = "FILE", .help = "trust the certificates in FILE (PEM) for https"};
inline constexpr Option kPullInsecureOption = {.name = "insecure",
                                               .help = "trust any certificate of the server"};
inline constexpr Option kMacOption = {
    .name = "mac", .value = "MAC", .help = "MAC address to send to the server (02:00:00:00:00:01)"};
inline constexpr Option kSketchVersionOption = {
    .name = "sketch-version", .value = "TEXT", .help = "version to send to the server (none)"};
inline constexpr Option kPullFilesystemOption = {
    .name = "fs", .help = "also ask for a filesystem image, as ESPhttpUpdate.updateFS does"};
inline constexpr Option kFilesystemVersionOption = {
    .name = "fs-version", .value = "TEXT", .help = "version of the filesystem, for --fs (none)"};

/// Sets `form` and `pull`. Usage, or FileUnreadable for the certificate file.
void read_device_http(OptionReader& read, device::DeviceOptions& options);

}  // namespace otatool::cli
