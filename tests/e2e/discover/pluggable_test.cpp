// `otatool discover --pluggable` as arduino-cli and the IDE run it: commands and events over pipes.
#include <algorithm>
#include <map>
#include <string>

#include <gmock/gmock.h>

#include "tests/e2e/discover/farm.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class PluggableDiscovery : public testing::Test {
 protected:
  [[nodiscard]] ProgramCall pluggable() const { return discover(port_, {"--pluggable"}); }
  static json next(Process& process) {
    const auto line = process.read_line();
    EXPECT_TRUE(line) << "the discovery has ended";
    return json::parse(line.value_or("{}"));
  }
  static json say(Process& process, const std::string& line) {
    process.write_input(line + "\n");
    return next(process);
  }

  std::uint16_t port_ = free_udp_port();
};

TEST_F(PluggableDiscovery, AnswersEachCommandOfTheProtocol) {
  const Farm farm(port_, {"kind=esp32"});
  Process process(pluggable());
  EXPECT_EQ(say(process, "LIST").at("eventType"), "command_error");
  EXPECT_EQ(say(process, "HELLO 1 \"arduino-cli 1.4.1\"").at("protocolVersion"), 1);
  EXPECT_EQ(say(process, "START"), json({{"eventType", "start"}, {"message", "OK"}}));
  json list;
  do {
    list = say(process, "LIST");
    ASSERT_EQ(list.at("eventType"), "list");
  } while (list.at("ports").empty());
  const json port = list.at("ports").at(0);
  EXPECT_EQ(port.at("address"), "127.1.0.2");
  EXPECT_EQ(port.at("properties").at("port"), "3232");
  EXPECT_EQ(say(process, "STOP"), json({{"eventType", "stop"}, {"message", "OK"}}));
  EXPECT_EQ(say(process, "QUIT"), json({{"eventType", "quit"}, {"message", "OK"}}));
  EXPECT_EQ(process.wait().exit_code, 0);
}

TEST_F(PluggableDiscovery, AddsEveryPortTwiceAfterStartSync) {
  Farm farm(port_, {"kind=esp8266", "count=3"});
  Process process(pluggable());
  say(process, "HELLO 1 \"test\"");
  EXPECT_EQ(say(process, "START_SYNC").at("eventType"), "start_sync");
  // Some clients miss events that follow START_SYNC too soon: every port is added twice. When is
  // tested in virtual time (pluggable_session_test.cpp).
  std::map<std::string, int> added;
  while (added.size() < 3 ||
         std::ranges::any_of(added, [](const auto& port) { return port.second < 2; })) {
    const json event = next(process);
    ASSERT_EQ(event.at("eventType"), "add");
    ++added[event.at("port").at("address").get<std::string>()];
  }
  farm.obey("goodbye 2");
  const json removal = next(process);
  EXPECT_EQ(removal,
            json({{"eventType", "remove"},
                  {"port", {{"address", "127.1.0.4"}, {"protocol", "network"}}}}));
  say(process, "QUIT");
  EXPECT_EQ(process.wait().exit_code, 0);
}

TEST_F(PluggableDiscovery, EndsAtTheEndOfStdin) {
  ProgramCall call = pluggable();
  call.input = "HELLO 1 \"test\"\nSTART_SYNC\n";
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, StartsWith(R"({"eventType":"hello")"));
  EXPECT_EQ(outcome.error, "");
}

TEST_F(PluggableDiscovery, StartsAgainAfterStop) {
  const Farm farm(port_, {});
  Process process(pluggable());
  say(process, "HELLO 1 \"test\"");
  for (int i = 0; i < 2; ++i) {
    say(process, "START_SYNC");
    EXPECT_EQ(next(process).at("eventType"), "add");
    EXPECT_EQ(say(process, "STOP").at("eventType"), "stop");
  }
  process.close_input();
  EXPECT_EQ(process.wait().exit_code, 0);
}

TEST_F(PluggableDiscovery, StartsAgainAfterSeveralCommandsInOneWrite) {
  const Farm farm(port_, {});
  Process process(pluggable());
  say(process, "HELLO 1 \"test\"");
  EXPECT_EQ(say(process, "START_SYNC").at("eventType"), "start_sync");
  EXPECT_EQ(next(process).at("eventType"), "add");
  EXPECT_EQ(say(process, "STOP\nSTART_SYNC").at("eventType"), "stop");
  EXPECT_EQ(next(process).at("eventType"), "start_sync");
  EXPECT_EQ(next(process).at("eventType"), "add");
  EXPECT_EQ(say(process, "STOP\nSTART\nSTOP").at("eventType"), "stop");
  EXPECT_EQ(next(process).at("eventType"), "start");
  EXPECT_EQ(next(process).at("eventType"), "stop");
  process.close_input();
  EXPECT_EQ(process.wait().exit_code, 0);
}

TEST_F(PluggableDiscovery, RefusesOptionsThatHaveNoEffect) {
  const std::vector<std::vector<std::string>> cases = {{"garbage"},
                                                       {"--count", "3"},
                                                       {"--watch"},
                                                       {"--json"},
                                                       {"--timeout", "1"},
                                                       {"--stale"},
                                                       {"--fail-empty"}};
  for (const auto& arguments : cases) {
    ProgramCall call = pluggable();
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run(call);
    EXPECT_EQ(outcome.exit_code, 2) << arguments.front();
    EXPECT_THAT(outcome.output + outcome.error, HasSubstr("'" + arguments.front() + "'"));
  }
  ProgramCall configured = pluggable();
  configured.environment["OTATOOL_TIMEOUT"] = "1";
  configured.input = "HELLO 1 \"test\"\nQUIT\n";
  EXPECT_EQ(run(configured).exit_code, 0) << "a setting for other commands is ignored";
}

/// The binary under the name that arduino-cli looks for in its tool folder.
ProgramCall drop_in(const TemporaryFolder& folder) {
  const std::string path = (folder / "mdns-discovery").string();
  std::filesystem::create_symlink(OTATOOL_BINARY, path);
  return {.program = path};
}

TEST(MdnsDiscovery, StartsUnderItsProgramName) {
  const TemporaryFolder folder;
  ProgramCall call = drop_in(folder);
  call.input = "HELLO 1 \"test\"\nQUIT\n";
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output,
            "{\"eventType\":\"hello\",\"message\":\"OK\",\"protocolVersion\":1}\n"
            "{\"eventType\":\"quit\",\"message\":\"OK\"}\n");
}

TEST(MdnsDiscovery, PrintsItsVersion) {
  const TemporaryFolder folder;
  ProgramCall call = drop_in(folder);
  for (const char* const option : {"-v", "--version"}) {
    call.arguments = {option};
    EXPECT_THAT(run(call).output, StartsWith("mdns-discovery (otatool) ")) << option;
  }
  call.arguments = {"--nonsense"};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.error, HasSubstr("--nonsense"));
}

}  // namespace
}  // namespace otatool::test
