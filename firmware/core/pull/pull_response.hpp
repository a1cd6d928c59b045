// Reads the header of an update server's response, in pieces of any size. No network, no heap.
// Spec: espota.md 5.3, 5.5.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/core/digest/md5.hpp"

namespace otatool::firmware {

/// What the header offers.
enum class PullOffer : uint8_t {
  Incomplete,  ///< the header has not ended
  Update,      ///< 200, with size() and md5()
  None,        ///< 304, 403 or 404: there is no update for this device
  Malformed,   ///< not HTTP, a field twice or with a wrong value, or too long a header
  Status,      ///< another status
  NoLength,    ///< no Content-Length, or 0, or a transfer coding
  NoMd5,       ///< no x-MD5
};

class PullResponse {
 public:
  /// Longest header in bytes.
  static constexpr uint32_t kMaxHeader = 4096;

  /// Starts with a new response.
  void begin();
  /// Reads the header up to its end. Returns how many of the bytes belong to it.
  size_t read(const uint8_t* bytes, size_t length);

  PullOffer offer() const { return offer_; }
  /// The status; 0 before the first line is complete.
  uint32_t status() const { return status_; }
  /// Bytes of the body.
  uint32_t size() const { return size_; }
  /// Md5::kDigestLength bytes: the digest of the body.
  const uint8_t* md5() const { return md5_; }

 private:
  /// No line that matters is longer; the rest of a longer line is skipped.
  static constexpr size_t kMaxLine = 64;

  PullOffer end_line();
  PullOffer read_status();
  PullOffer read_field();
  PullOffer read_size(const char* value, size_t length);
  PullOffer read_md5(const char* value, size_t length);
  PullOffer end_header() const;

  PullOffer offer_ = PullOffer::Incomplete;
  uint32_t header_length_ = 0;
  uint32_t status_ = 0;
  uint32_t size_ = 0;
  bool has_size_ = false;
  bool has_md5_ = false;
  bool has_coding_ = false;
  uint8_t md5_[Md5::kDigestLength];
  char line_[kMaxLine];
  size_t line_length_ = 0;  ///< of the whole line
};

}  // namespace otatool::firmware
