// One search as a state machine (discovery.md 3.6): takes packets and the time, returns the packets
// to send, the changes of devices and the next deadline. Publishes no records. No sockets, no
// clock.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/mdns/browse.hpp"

#include "mdns/search/device_table.hpp"

namespace otatool::mdns {

/// The link of responses to unicast queries.
inline constexpr LinkId kUnicastLink = 0;

/// One interface and address family that supports multicast.
struct Link {
  LinkId id = 0;  ///< not kUnicastLink
  bool ipv6 = false;
};

enum class Path {
  Legacy,   ///< multicast from a random port: answered by unicast (RFC 6762 6.7)
  Shared,   ///< multicast from the mDNS port: answered by multicast, which firewalls accept
  Unicast,  ///< to one address
};

struct Transmission {
  Path path;
  LinkId link = kUnicastLink;
  std::string destination;  ///< for Path::Unicast: an IP literal, link-local ones with `%interface`
  std::vector<std::uint8_t> packet;
};

// Events.
struct Tick {};
struct PacketReceived {
  Bytes packet;
  Origin origin;
};
/// Records that avahi-daemon knows; `cached`: from before this search.
struct DaemonAnswered {
  Message message;
  Origin origin;
  bool cached = false;
};
/// Nothing listens on the mDNS port of this host.
struct PortClosed {
  std::string address;
};
using QuerierEvent = std::variant<Tick, PacketReceived, DaemonAnswered, PortClosed>;

struct Step {
  std::vector<Transmission> transmissions;
  std::vector<DeviceChange> changes;
  /// The index in Plan::hosts of a host that has just turned out to have no responder.
  std::optional<std::size_t> without_responder;
  Millis deadline{0};  ///< when to send a Tick
  bool done = false;   ///< the search is over
  /// Why a PacketReceived was ignored; nothing if it was used.
  std::optional<Error> dropped;
};

class Querier {
 public:
  struct Plan {
    std::vector<Name> types;         ///< full names: `_arduino._tcp.local`
    std::vector<std::string> names;  ///< see BrowseOptions
    std::vector<std::string> hosts;  ///< see BrowseOptions
    std::vector<Link> links;
    bool only_updatable_http = false;
    std::optional<std::size_t> count;
    Millis timeout{2'500};
    bool watch = false;
  };

  /// How long devices answer the queries of a round.
  static constexpr Millis kRoundWindow{2'500};
  static constexpr Millis kRoundInterval{5'000};

  explicit Querier(Plan plan);

  /// Takes one event at time `now` since the search began and returns the next step. `now` never
  /// goes backwards; the first event is a Tick.
  [[nodiscard]] Step next(const QuerierEvent& event, Millis now);

  /// Replaces the links. New links get queries from the next query time on.
  void set_links(std::vector<Link> links) { plan_.links = std::move(links); }

  [[nodiscard]] std::vector<Device> devices(Millis now) const { return table_.devices(now); }

 private:
  // Jobs, each due at some time.
  struct BeginRound {};
  struct Ask {
    Path path;
  };
  struct AskHosts {
    std::size_t first = 0;  ///< index of the next host
    std::size_t pass = 0;
  };
  struct FillGaps {};
  struct FindSilent {};
  struct Probe {
    DeviceTable::Suspect suspect;
  };
  struct EndProbe {
    DeviceTable::EntryId id;
    Millis since;
  };
  using QuestionsByLink = std::map<LinkId, std::vector<Question>>;
  using Job = std::variant<BeginRound, Ask, AskHosts, FillGaps, FindSilent, Probe, EndProbe>;

  void take(const PacketReceived& received, Step& step);
  void take(const DaemonAnswered& answered);
  void take(const PortClosed& closed, Step& step);
  void perform(const Job& job, Step& step);
  void begin_round();
  void prune_state();
  void ask(Path path, Step& step);
  void ask_types(Path path, const Link& link, Step& step);
  void ask_hosts(const AskHosts& job, Step& step);
  void add_known_answers(const Name& type, const Link& link, MessageWriter& writer) const;
  void plan_filling();
  void fill_gaps(Step& step);
  void fill_gap(const DeviceTable::Gap& gap, QuestionsByLink& questions, Step& step);
  void probe_silent();
  void probe(const DeviceTable::Suspect& suspect, Step& step);
  void plan_probes(const DeviceTable::Suspect& suspect);
  [[nodiscard]] std::vector<Question> questions_for(const DeviceTable::Gap& gap) const;
  void send_questions(const std::vector<Question>& questions, Path path, LinkId link, Step& step);
  void send_unicast(const Question& question, const std::string& address, Step& step);
  void plan(Millis delay, Job job);
  void conclude(Step& step);
  [[nodiscard]] bool all_found() const;
  [[nodiscard]] bool is_settled(bool changed);
  [[nodiscard]] std::uint16_t next_id();

  Plan plan_;
  std::vector<Name> host_names_;             ///< the searched names that may be host names
  std::set<std::string> without_responder_;  ///< of plan_.hosts
  DeviceTable table_;
  std::multimap<Millis, Job> jobs_;
  std::map<DeviceTable::EntryId, unsigned> attempts_;  ///< queries sent for a gap
  std::set<DeviceTable::EntryId> probed_;              ///< waiting for the answer to a probe
  Millis now_{0};
  std::vector<Millis> round_starts_;  ///< of the last kRoundsRemembered rounds
  std::optional<Millis> settled_at_;
  std::optional<Millis> asking_hosts_since_;  ///< a pass over the hosts is under way
  bool filling_ = false;
  std::uint16_t last_id_ = 0;
};

}  // namespace otatool::mdns
