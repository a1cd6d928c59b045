// Releases and quirks of stock receivers: plain values that select the behaviour of a StockDevice.
// Written from espota.md 1, 2 and 8 alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::testing {

using Millis = std::chrono::milliseconds;

enum class Lineage { Esp8266, Esp32 };
enum class ChallengeKind { Md5, Sha256 };

/// Properties of one core release.
struct Profile {
  std::string_view name;
  Lineage lineage = Lineage::Esp8266;
  std::uint16_t udp_port = 8266;
  std::size_t segment_size = 1460;  ///< MSS of its TCP, bytes
  std::size_t window = 5840;        ///< receive window, bytes
  ChallengeKind challenge = ChallengeKind::Md5;
  /// Time to check a response: 10,000 rounds of PBKDF2 on a slow core.
  Millis response_check{0};
  /// Sends `OK` before Update.begin, which may then refuse without a message.
  bool ok_before_begin = false;
  /// Sends `OK` from the network callback and not from handle().
  bool ok_from_callback = false;
  /// An error during the transfer ends the read loop at once; otherwise the device stops reading
  /// and sends nothing.
  bool errors_end_loop = true;
  /// Pauses before and after the verdict: after the last count, and between `OK` and the close.
  Millis before_verdict{0};
  Millis before_close{0};
  Millis before_restart{100};
  Millis connect_timeout{5'000};
  std::string_view line_end = "\n";
  std::string_view bad_magic = "Magic byte is not 0xE9";
  /// The error text of a wrong MD5 contains both sums.
  bool md5_error_names_sums = false;

  static Profile esp8266_2_3();
  static Profile esp8266_2_7();
  static Profile esp8266_3_x();
  static Profile esp32_2_x();
  static Profile esp32_3_0();
  static Profile esp32_3_3();

  /// MSS 536 and a window of four segments: "Lower Memory", the default of ESP8266 boards.
  [[nodiscard]] Profile lower_memory() const;
  [[nodiscard]] std::size_t nonce_length() const;
};
[[nodiscard]] std::vector<Profile> all_profiles();

/// An error of the Updater: ESP8266 cores print `ERROR[number]: text`, ESP32 cores only the text.
struct UpdaterError {
  unsigned number = 0;
  std::string text;
};
[[nodiscard]] std::string error_line(const Profile& profile, const UpdaterError& error);

/// An event that happens after a number of consumed image bytes.
struct MidTransferError {
  std::size_t at = 0;
  UpdaterError error;
  bool reset = false;  ///< RST follows the text, otherwise FIN
};
struct Disappearance {
  std::size_t at = 0;
  bool reset = false;
};

/// Each field enables one quirk; the default is the healthy stock device.
struct Quirks {
  // handle() and the sketch around it
  Millis loop_delay{1};     ///< time between two calls of handle()
  Millis blocked_until{0};  ///< no call of handle() before this time
  bool never_handles = false;
  bool waits_for_response = false;  ///< starts in WAITAUTH: an earlier upload was interrupted

  // datagrams
  bool swallows_in_waitauth = true;  ///< stock: an invitation in WAITAUTH only returns to IDLE
  bool loses_ok = false;
  bool loses_auth_failed = false;
  bool replies_from_other_port = false;
  bool repeats_challenges = false;         ///< every challenge arrives twice
  std::optional<Millis> first_nonce_late;  ///< delay of the first challenge
  std::optional<std::size_t> nonce_length;
  bool stores_md5 = false;  ///< setPasswordHash() was given an MD5 hash
  std::optional<UpdaterError> begin_error;
  std::optional<Millis> busy_until;  ///< another update runs until then: begin refuses

  // connection
  bool never_connects = false;
  bool stranger_first = false;
  Millis start_callback{0};  ///< the sketch's onStart, before the connection

  // transfer
  Millis flash_sector{0};      ///< erase and program 4096 bytes
  std::size_t glued_acks = 1;  ///< counts sent in one piece
  std::size_t ack_piece = 0;   ///< bytes acknowledged by one count; 0: a whole read
  std::optional<std::size_t> stalls_at;
  std::optional<MidTransferError> error_at;
  std::optional<Disappearance> vanishes_at;
  bool decrypts = false;  ///< ESP32: decrypt mode AUTO without a key

  // verdict
  Millis verify{0};  ///< duration of Update.end, which reads the image from flash
  bool loses_verdict = false;
  bool glues_ok = false;  ///< sends `OK` in one piece with the last count
  bool repeats_ok = false;
  std::size_t text_piece = 0;  ///< largest piece of an error text, bytes; 0: whole
  Millis text_gap{0};          ///< time between these pieces
  bool loses_text = false;     ///< closes without sending the error text
};

}  // namespace otatool::testing
