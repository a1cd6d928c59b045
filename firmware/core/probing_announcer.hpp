// An announcer for names that others may have: asks whether somebody has them before it says them,
// gives way to whoever does, and defends them afterwards. As the Announcer in all else.
// Spec: RFC 6762 sections 8 and 9.
#pragma once

#include "announcer.hpp"

namespace otatool::firmware {

class ProbingAnnouncer : private Announcer {
 public:
  using Announcer::kMaxReplyLength;
  using Announcer::kNever;
  using Announcer::replace;

  /// Whether the names of the announcement are ours.
  enum class Claim : uint8_t {
    Unknown,  ///< probe() has not been called
    Probing,  ///< somebody may have them
    Own,      ///< nobody had them
    Taken,    ///< somebody has them: others are to be tried, by replace() and probe()
  };

  explicit ProbingAnnouncer(const Announcement& announcement) : Announcer(announcement) {}

  /// Asks thrice within a second whether somebody has the names, and announces them if not. Of two
  /// that ask at once one waits (8.2). Whoever hears others speak under an own name asks again.
  void probe(uint32_t now);
  Claim claim() const { return claim_; }

  /// As those of the Announcer once the names are ours. Before that nothing is answered, and
  /// goodbye() is for nobody.
  void announce(uint32_t now);
  MdnsReply on_datagram(const Endpoint& from, const uint8_t* bytes, size_t length, uint32_t now);
  MdnsReply poll(uint32_t now);
  uint32_t poll_after(uint32_t now) const;
  MdnsReply goodbye();

 private:
  MdnsReply compose_probe();
  void take_response(DnsReader& reader, uint32_t records, uint32_t now);
  bool contradicts(const DnsReader& reader, const DnsRecord& theirs) const;
  void take_rival(DnsReader& reader, uint16_t count, uint32_t now);
  int compare(const DnsReader& reader, const DnsRecord& theirs, Record record) const;
  const HostAddress* first_address() const;

  Claim claim_ = Claim::Unknown;
  uint8_t conflicts_ = 0;
  uint8_t probes_left_ = 0;
  uint32_t probe_due_ = 0;  ///< of the end of probing if none is left
};

}  // namespace otatool::firmware
