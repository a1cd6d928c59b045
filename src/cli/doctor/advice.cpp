#include "cli/doctor/advice.hpp"

#include <fmt/format.h>

namespace otatool::cli {
namespace {

using doctor::FirewallManager;

/// Commands for each kind of firewall.
struct Commands {
  std::string ufw;
  std::string firewalld;
  std::string nft;
};

std::string text_of(const Commands& commands, const AdviceContext& context) {
  switch (context.firewall) {
    case FirewallManager::Ufw:
      return commands.ufw;
    case FirewallManager::Firewalld:
      return commands.firewalld;
    case FirewallManager::Unknown:
      break;
  }
  if (context.chain) {
    return commands.nft;
  }
  return fmt::format(
      "{} (ufw), {} (firewalld) or {} (nft)", commands.ufw, commands.firewalld, commands.nft);
}

/// `rule` goes into the chain that drops the packets; without a known one into the usual chain.
std::string nft_command(const AdviceContext& context, std::string_view rule) {
  const doctor::NftChain usual{"inet", "filter", "input"};
  const doctor::NftChain& chain = context.chain ? *context.chain : usual;
  return fmt::format(
      "sudo nft insert rule {} {} {} {} accept", chain.family, chain.table, chain.chain, rule);
}

std::string open_mdns(const AdviceContext& context) {
  return text_of({"sudo ufw allow 5353/udp",
                  "sudo firewall-cmd --add-service=mdns",
                  nft_command(context, "udp dport 5353")},
                 context);
}

/// For port 8267, and from the device only if its address is known.
std::string open_tcp(const AdviceContext& context) {
  if (context.device.empty()) {
    return text_of({"sudo ufw allow 8267/tcp",
                    "sudo firewall-cmd --add-port=8267/tcp",
                    nft_command(context, "tcp dport 8267")},
                   context);
  }
  const std::string address = context.device.substr(0, context.device.find('%'));
  const bool ipv6 = address.find(':') != std::string::npos;
  return text_of(
      {fmt::format("sudo ufw allow proto tcp from {} to any port 8267", address),
       fmt::format("sudo firewall-cmd --add-rich-rule='rule family={} source address={} port "
                   "port=8267 protocol=tcp accept'",
                   ipv6 ? "ipv6" : "ipv4",
                   address),
       nft_command(context,
                   fmt::format("{} saddr {} tcp dport 8267", ipv6 ? "ip6" : "ip", address))},
      context);
}

}  // namespace

// A line or two for each code is what makes it long: NOLINTNEXTLINE(readability-function-size)
std::string advice_text(doctor::Advice advice, const AdviceContext& context) {
  using doctor::Advice;
  switch (advice) {
    case Advice::None:
      break;
    case Advice::CheckDeviceName:
      return "switch the device on and connect it to this network; 'otatool discover' lists the "
             "devices that answer; an address works without a name";
    case Advice::UseDeviceAddress:
      return "an upload refuses such a name: use the address of the device";
    case Advice::ConnectToNetwork:
      return "connect this computer to the network of the devices";
    case Advice::AvoidMulticast:
      return "use addresses instead of names; disconnect the VPN if devices stay unreachable";
    case Advice::CheckVpn:
      return "a VPN can divert the traffic to devices: run doctor with the address of a device";
    case Advice::AvoidTunnel:
      return "devices rarely reach the far end of a VPN: disconnect it, or choose another local "
             "address with --bind";
    case Advice::CheckFirewallRules:
      return "check the firewall rules for connections to this computer";
    case Advice::RunAsRoot:
      return "run doctor with sudo to examine them";
    case Advice::UseOpenPort:
      return "upload with --host-port 8267, which the rules accept";
    case Advice::OpenTcpPort:
      return fmt::format(
          "open a TCP port in the firewall with {}; then upload with --host-port 8267",
          open_tcp(context));
    case Advice::OpenMdnsPort:
      return fmt::format("open UDP port 5353 with {}, or use addresses instead of names",
                         open_mdns(context));
    case Advice::OpenMdnsAndTcpPort:
      return fmt::format(
          "open UDP port 5353 with {}, and a TCP port with {}; then upload with --host-port 8267",
          open_mdns(context),
          open_tcp(context));
    case Advice::StopPortOwner:
      return "stop that program, or use addresses instead of names";
    case Advice::UseHostNetwork:
      return "multicast and connections from devices need the host's network (--network host); "
             "queries to an address work without it";
    case Advice::MirrorWslNetwork:
      return "set networkingMode=mirrored in .wslconfig and open the port in the Windows firewall";
    case Advice::MdnsIsOptional:
      return "an upload does not need mDNS; a sketch can switch it off, and devices answer only "
             "within their own subnet";
    case Advice::UploadToEsphome:
      return "upload the file firmware.ota.bin: 'otatool upload' has the protocol of ESPHome, "
             "which "
             "needs 'ota: - platform: esphome' in the YAML and no connection back";
    case Advice::UploadToForm:
      return "'otatool upload' sends the image to this web form, without a connection back";
    case Advice::PushToForm:
      return "a sketch may have a web form, too: 'otatool push' uses it";
    case Advice::CheckDevicePower:
      return "the device is off, asleep or on another network, or the access point isolates its "
             "clients";
    case Advice::StartReceiver:
      return "the sketch must call ArduinoOTA.begin() and handle(); give another port as HOST:PORT";
  }
  return {};
}

}  // namespace otatool::cli
