// Writes the request with which a device asks an update server, in the words of ESP8266httpUpdate
// (espota.md 5.3). No network, no heap.
#pragma once

#include "firmware/core/digest/md5.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

/// A text of the caller; not terminated.
struct PullText {
  const char* bytes;
  size_t length;
};

/// Longest path of a request, and longest version.
constexpr size_t kMaxPullPath = 96;
constexpr size_t kMaxPullVersion = 32;

/// What a request says; all pointers only need to live as long as the call.
struct PullQuestion {
  const Endpoint* server;  ///< IPv4; becomes the field Host
  PullText path;          ///< begins with `/`; printable ASCII without blanks, kMaxPullPath at most
  const uint8_t* mac;     ///< 6 bytes
  PullText version;       ///< printable ASCII, kMaxPullVersion at most; empty: not sent
  uint32_t free_space;    ///< bytes for a new application beside the running one
  uint32_t running_size;  ///< bytes of the running application
  const uint8_t* running_md5;  ///< Md5::kDigestLength bytes: the digest of the running application
  uint32_t flash_size;         ///< bytes
  PullText running;            ///< `SIZE SHA256` for x-otatool-delta (delta.md 4); empty: not sent
};

/// Longest request in bytes.
constexpr size_t kMaxPullRequest = 768;

/// Writes the request; `text` holds kMaxPullRequest. Returns its length.
size_t write_pull_request(const PullQuestion& question, char* text);

}  // namespace otatool::firmware
