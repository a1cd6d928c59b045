// An Announcer that first probes whether another host has its names, yields to that host, and
// defends the names once it owns them. Spec: RFC 6762 sections 8 and 9.
#pragma once

#include "firmware/core/mdns/announcer.hpp"

namespace otatool::firmware {

class ProbingAnnouncer : private Announcer {
 public:
  using Announcer::kMaxReplyLength;
  using Announcer::kNever;
  using Announcer::replace;

  /// State of the claim to the names of the announcement.
  enum class Claim : uint8_t {
    Unknown,  ///< probe() has not been called
    Probing,
    Own,    ///< no host objected
    Taken,  ///< another host has them: call replace() with other names, then probe()
  };

  explicit ProbingAnnouncer(const Announcement& announcement) : Announcer(announcement) {}

  /// Sends three probes within a second and announces the names if no host objects. Of two hosts
  /// that probe at once one waits (8.2). A later conflict starts the probing again.
  void probe(uint32_t now);
  Claim claim() const { return claim_; }

  /// As in Announcer once the claim is Own. Before that, queries get no answer and goodbye() is
  /// empty.
  void announce(uint32_t now);
  MdnsReply on_datagram(const Endpoint& from, const uint8_t* bytes, size_t length, uint32_t now);
  MdnsReply poll(uint32_t now);
  uint32_t poll_after(uint32_t now) const;
  MdnsReply goodbye();

 private:
  MdnsReply compose_probe();
  void on_response(DnsReader& reader, uint32_t records, uint32_t now);
  bool contradicts(const DnsReader& reader, const DnsRecord& theirs) const;
  void on_rival_probe(DnsReader& reader, uint16_t count, uint32_t now);
  int compare(const DnsReader& reader, const DnsRecord& theirs, Record record) const;
  const HostAddress* first_address() const;

  Claim claim_ = Claim::Unknown;
  uint8_t conflicts_ = 0;
  uint8_t probes_left_ = 0;
  uint32_t probe_due_ = 0;  ///< of the next probe; of the end of probing if none is left
};

}  // namespace otatool::firmware
