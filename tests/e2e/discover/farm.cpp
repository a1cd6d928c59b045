#include "tests/e2e/discover/farm.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace otatool::test {
namespace {

ProgramCall farm_call(std::uint16_t port, std::vector<std::string> arguments) {
  ProgramCall call{.program = MDNS_FARM};
  call.arguments = std::move(arguments);
  call.arguments.push_back("port=" + std::to_string(port));
  return call;
}

}  // namespace

std::uint16_t free_udp_port() {
  const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  const bool bound = bind(probe, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  EXPECT_TRUE(bound);
  close(probe);
  return ntohs(address.sin_port);
}

Farm::Farm(std::uint16_t port, std::vector<std::string> arguments)
    : process_(farm_call(port, std::move(arguments))) {
  EXPECT_TRUE(process_.wait_for_output("ready\n"));
}

void Farm::obey(const std::string& line) {
  process_.write_input(line + "\n");
  while (const auto answer = process_.read_line()) {
    if (*answer == "done") {
      return;
    }
  }
  ADD_FAILURE() << "mdns_farm has ended";
}

ProgramCall discover(std::uint16_t port, std::vector<std::string> arguments) {
  ProgramCall call{.program = OTATOOL_BINARY};
  call.arguments = {
      "discover", "--mdns-port", std::to_string(port), "--iface", "lo", "--backend", "native"};
  call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
  return call;
}

std::vector<std::string> first(int count, std::vector<std::string> more) {
  more.insert(more.end(), {"--timeout", "90", "--count", std::to_string(count)});
  return more;
}

std::vector<nlohmann::json> discovered(std::uint16_t port, std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  ProgramCall call = discover(port, std::move(arguments));
  const Outcome outcome = run(call);
  const auto document = nlohmann::json::parse(outcome.output, nullptr, false);
  if (document.is_discarded() || !document.contains("devices")) {
    ADD_FAILURE() << outcome.exit_code << outcome.output << outcome.error;
    return {};
  }
  return document.at("devices").get<std::vector<nlohmann::json>>();
}

std::vector<std::string> names_of(const std::vector<nlohmann::json>& devices) {
  std::vector<std::string> names;
  for (const nlohmann::json& device : devices) {
    names.push_back(device.at("name"));
  }
  return names;
}

}  // namespace otatool::test
