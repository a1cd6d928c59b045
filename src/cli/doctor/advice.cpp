#include "cli/doctor/advice.hpp"

namespace otatool::cli {

// A line or two for each code is what makes it long: NOLINTNEXTLINE(readability-function-size)
std::string_view advice_text(doctor::Advice advice) {
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
    case Advice::OpenTcpPort:
      return "open a TCP port in the firewall and upload with --host-port";
    case Advice::OpenMdnsPort:
      return "open UDP port 5353 for 224.0.0.251, or use addresses instead of names";
    case Advice::OpenMdnsAndTcpPort:
      return "open UDP port 5353 for 224.0.0.251 and a TCP port, and upload with --host-port";
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
    case Advice::UseEsphomeTools:
      return "ESPHome has its own update protocol: use its tools, or its web form with push";
    case Advice::CheckDevicePower:
      return "the device is off, asleep or on another network, or the access point isolates its "
             "clients";
    case Advice::StartReceiver:
      return "the sketch must call ArduinoOTA.begin() and handle(); give another port as HOST:PORT";
  }
  return {};
}

}  // namespace otatool::cli
