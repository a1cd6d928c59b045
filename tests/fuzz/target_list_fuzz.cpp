// Targets files: the targets of a list that parses are usable, and an error names its line.
#include <string>

#include "otatool/espota/target_list.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using espota::HostPort;
using fuzz::require;

void require_round_trip(const HostPort& address) {
  if (address.host.find_first_of("[]") != std::string::npos) {
    return;
  }
  const std::string port = address.port ? ":" + std::to_string(*address.port) : "";
  const Result<HostPort> again = espota::parse_host_port("[" + address.host + "]" + port);
  require(again && again->host == address.host && again->port == address.port,
          "an address in brackets keeps its host and port");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto targets = espota::parse_target_list(text);
  if (!targets) {
    require(targets.error().code() == Errc::Usage, "a bad list is a usage error");
    require(targets.error().message().starts_with("line "), "an error names its line");
    return 0;
  }
  std::size_t last_line = 0;
  for (const espota::TargetLine& target : *targets) {
    require(!target.address.host.empty(), "a target has a host");
    require(!target.address.port || *target.address.port != 0, "a port is not 0");
    require(target.line > last_line && target.line <= size, "line numbers increase");
    last_line = target.line;
    require_round_trip(target.address);
  }
  return 0;
}
