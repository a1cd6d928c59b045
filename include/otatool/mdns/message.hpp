// Multicast DNS messages (RFC 1035 4.1, RFC 6762 18) as values: a reader for untrusted packets, and
// a writer. No sockets, no clock, no printing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/mdns/name.hpp"
#include "otatool/result.hpp"
#include "otatool/wire/dns.hpp"

namespace otatool::mdns {

/// Record types; the class is always IN.
enum class RecordType : std::uint16_t {
  A = 1,
  Ptr = 12,
  Txt = 16,
  Aaaa = 28,
  Srv = 33,
  Nsec = 47,
  Any = 255,
};

struct Question {
  Name name;
  RecordType type = RecordType::Ptr;
  bool unicast_reply = false;  ///< the QU bit (RFC 6762 5.4)
};

struct Ipv4 {
  std::array<std::uint8_t, 4> bytes{};
  friend bool operator==(const Ipv4&, const Ipv4&) = default;
};
struct Ipv6 {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const Ipv6&, const Ipv6&) = default;
};
struct Pointer {
  Name target;
};
struct Service {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  Name host;
};
struct Text {
  std::vector<std::string> strings;  ///< each at most 255 bytes
};
struct OtherData {
  std::vector<std::uint8_t> bytes;
};
using RecordData = std::variant<Ipv4, Ipv6, Pointer, Service, Text, OtherData>;

struct Record {
  Name name;
  RecordType type = RecordType::Ptr;
  std::uint32_t ttl = 0;  ///< seconds; 0 is a goodbye (RFC 6762 10.1)
  bool cache_flush = false;
  RecordData data;
};

struct Message {
  std::uint16_t id = 0;
  bool response = false;
  bool truncated = false;
  std::uint8_t opcode = 0;
  std::uint8_t rcode = 0;
  std::vector<Question> questions = {};
  std::vector<Record> answers = {};
  std::vector<Record> authorities = {};
  std::vector<Record> additionals = {};
};

/// Reads one packet. Skips questions and records of classes other than IN, and bytes after the last
/// record. NetworkFailed for a packet that ends too early, a name of more than 255 bytes, a
/// compression pointer that does not point backwards, or record data of another length than
/// announced. A malformed TXT record keeps the texts before
/// the error.
[[nodiscard]] Result<Message> read_message(Bytes packet);

/// The payload of an Ethernet frame with IPv6 and UDP headers (RFC 6762 17).
inline constexpr std::size_t kLargestPacket = 1500 - 40 - 8;

/// Builds one packet and compresses names. The caller adds the questions first, then answers, then
/// additionals.
class MessageWriter {
 public:
  struct Header {
    std::uint16_t id = 0;
    bool response = false;
    bool authoritative = false;
    bool truncated = false;
  };

  explicit MessageWriter(Header header, std::size_t limit = kLargestPacket);
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;

  /// False, without a change, if the packet would exceed the limit.
  [[nodiscard]] bool add(const Question& question);
  [[nodiscard]] bool add_answer(const Record& record);
  [[nodiscard]] bool add_additional(const Record& record);

  /// The packet so far.
  [[nodiscard]] std::vector<std::uint8_t> packet() const {
    return {bytes_.data(), bytes_.data() + writer_.length()};
  }
  [[nodiscard]] std::size_t questions() const { return counts_[0]; }
  [[nodiscard]] std::size_t answers() const { return counts_[1]; }

 private:
  void put_name(const Name& name);
  void put_type(RecordType type, bool flag);
  void put_data(const RecordData& data);
  void put_bytes(Bytes bytes) {
    if (!bytes.empty()) {
      writer_.bytes(bytes.data(), bytes.size());
    }
  }
  [[nodiscard]] bool add_record(const Record& record, std::size_t section);
  [[nodiscard]] bool accept(std::size_t begin, std::size_t section);

  std::vector<std::uint8_t> bytes_;
  wire::DnsWriter<1024> writer_;
  std::array<std::uint16_t, 4> counts_{};
};

/// The message in one packet of at most 65535 bytes; Usage error if it is larger.
[[nodiscard]] Result<std::vector<std::uint8_t>> write_message(const Message& message);

}  // namespace otatool::mdns
