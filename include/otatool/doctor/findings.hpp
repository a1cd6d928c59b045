// Judges the facts of an examination: one finding for each test. Pure functions; the texts of the
// advice belong to the command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/doctor/facts.hpp"
#include "otatool/error.hpp"

namespace otatool::doctor {

enum class Verdict {
  Ok,
  Note,     ///< useful to know; no action needed
  Warning,  ///< can make uploads fail
  Failed,   ///< makes uploads fail
};
/// `ok`, `note`, `warning` or `failed`, as in JSON.
[[nodiscard]] std::string_view to_string(Verdict verdict);

/// What the user should do.
enum class Advice {
  None,
  CheckDeviceName,
  UseDeviceAddress,  ///< because the name belongs to several devices
  ConnectToNetwork,
  AvoidMulticast,  ///< no interface supports multicast
  CheckVpn,
  AvoidTunnel,
  CheckFirewallRules,
  RunAsRoot,
  UseOpenPort,
  OpenTcpPort,
  OpenMdnsPort,
  OpenMdnsAndTcpPort,
  StopPortOwner,
  UseHostNetwork,  ///< of the container's host
  MirrorWslNetwork,
  MdnsIsOptional,
  UploadToEsphome,
  UploadToForm,
  PushToForm,
  CheckDevicePower,
  StartReceiver,
};

struct Finding {
  std::string check = {};  ///< `interfaces`, `firewall` ...: stable, for programs
  Verdict verdict = Verdict::Ok;
  std::string tested = {};  ///< the object of the test
  std::string result = {};
  Advice advice = Advice::None;
  /// The chain to insert the advised rule into, if the rules of nftables are known.
  std::optional<NftChain> chain = std::nullopt;
  /// The error that an upload would end with; set if the verdict is Failed.
  std::optional<Errc> code = std::nullopt;
};

/// Interfaces, firewall, mDNS port, avahi-daemon, container or WSL.
[[nodiscard]] std::vector<Finding> local_findings(const LocalFacts& facts);

/// Name, connection back, mDNS, espota ports, TCP ports, summary. Ends early if the device has no
/// address, has several namesakes, or if there is no route to it.
[[nodiscard]] std::vector<Finding> host_findings(const HostFacts& host, const LocalFacts& local);

}  // namespace otatool::doctor
