// `otatool rollout` beside a running server (cli.md, fleet.md 3), on both engines.
#include "tests/e2e/serve/store_fixture.hpp"
#include "tests/support/postgresql_cluster.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class RolloutCommand : public StoreTest, public ::testing::WithParamInterface<bool> {
 protected:
  RolloutCommand() {
    write_manifest("stages = [50, 100]\nstage-time = \"365d\"");
    if (GetParam()) {
      cluster_ = std::make_unique<PostgresqlCluster>();
      store_ = cluster_->make_database("fleet");
    } else {
      store_ = sqlite();
    }
  }

  [[nodiscard]] Outcome rollout(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "rollout");
    arguments.insert(arguments.end(), {"--store", store_});
    return otatool(arguments);
  }
  [[nodiscard]] nlohmann::json rollout_json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const Outcome outcome = rollout(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    const auto document = nlohmann::json::parse(outcome.output, nullptr, false);
    EXPECT_EQ(document.value("schema", 0), 1);
    const auto list = document.value("rollouts", nlohmann::json::array());
    return list.empty() ? nlohmann::json::object() : list.front();
  }
  /// The numbers of `count` devices of the first stage, which get the image.
  [[nodiscard]] static std::vector<unsigned> offered_to(ServeProcess& server, std::size_t count) {
    std::vector<unsigned> inside;
    for (unsigned number = 1; inside.size() < count; ++number) {
      if (ask(server.port(), number, "1.0.0") == 200) {
        inside.push_back(number);
      }
    }
    return inside;
  }
  /// Lets a device ask for the version that it would get until that is `version`.
  static bool await_version(ServeProcess& server, unsigned number, const std::string& version) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      HttpClient client(server.port());
      client.send(esp8266_request("/update",
                                  {.mac = mac_of(number), .version = "1.0.0", .mode = "version"}));
      const auto reply = client.read_reply();
      // A server whose output nobody reads stops.
      server.next_request();
      if (reply && reply->body.starts_with(version)) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool await_field(const char* name, const nlohmann::json& value) const {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < end) {
      if (rollout_json({"list"})[name] == value) {
        return true;
      }
    }
    return false;
  }

  std::unique_ptr<PostgresqlCluster> cluster_;
  std::string store_;
};

TEST_P(RolloutCommand, ShowsAndSteersARunningServer) {
  ServeProcess server(with_store(store_));
  const auto inside = offered_to(server, 2);
  EXPECT_EQ(ask(server.port(), inside[0], "2.0.0"), 304U);
  EXPECT_TRUE(await_field("confirmed", 1));
  const auto now = rollout_json({"list"});
  EXPECT_EQ(now["rule"], "new.bin");
  EXPECT_EQ(now["version"], "2.0.0");
  EXPECT_EQ(now["phase"], "running");
  EXPECT_EQ(now["percent"], 50);
  EXPECT_EQ(now["offered"], 2);
  EXPECT_EQ(now["failed"], 0);
  EXPECT_EQ(now["waiting"], inside[1] - 2U);
  EXPECT_EQ(rollout_json({"pause", "2.0.0"})["phase"], "paused");
  EXPECT_TRUE(await_version(server, inside[1], "1.0.0"));
  EXPECT_EQ(ask(server.port(), inside[1], "1.0.0"), 304U);
  EXPECT_EQ(state_of(server, inside[1]), "not-applied");
  EXPECT_EQ(rollout_json({"resume"})["phase"], "running");
  EXPECT_TRUE(await_version(server, inside[1], "2.0.0"));
  EXPECT_EQ(rollout_json({"advance", "new.bin"})["percent"], 100);
  unsigned outside = 1;
  while (std::ranges::find(inside, outside) != inside.end()) {
    ++outside;
  }
  EXPECT_TRUE(await_version(server, outside, "2.0.0"));
  const auto shown = rollout_json({"show"});
  EXPECT_EQ(shown["events"][0]["kind"], "advance");
  EXPECT_EQ(shown["events"][2]["kind"], "pause");
  EXPECT_NE(shown["events"][2]["user"], "");
  const Outcome text = rollout({"show"});
  EXPECT_THAT(text.output, HasSubstr("stages: 50, 100 %"));
  EXPECT_THAT(text.output, HasSubstr("pause by "));
  EXPECT_THAT(rollout({"list"}).output, HasSubstr("new.bin"));
}

TEST_P(RolloutCommand, ARolloutThatHaltedGoesOnOnlyByACommand) {
  ServeProcess server(with_store(store_));
  const auto inside = offered_to(server, 3);
  for (const unsigned number : inside) {
    ask(server.port(), number, "1.0.0");
  }
  EXPECT_TRUE(await_field("phase", "halted"));
  const auto now = rollout_json({"show", "new.bin"});
  EXPECT_EQ(now["reason"], "3 of 3 devices that downloaded it failed");
  EXPECT_EQ(now["failed_devices"].size(), 3U);
  EXPECT_EQ(now["failed_devices"][0], mac_of(inside[0]));
  EXPECT_TRUE(await_version(server, inside[0], "1.0.0"));
  EXPECT_EQ(ask(server.port(), inside[0], "1.0.0"), 304U);
  EXPECT_EQ(rollout({"pause"}).exit_code, 2);
  EXPECT_EQ(rollout_json({"retry"})["phase"], "running");
  EXPECT_TRUE(await_version(server, inside[0], "2.0.0"));
  EXPECT_TRUE(await_field("failed", 0));
  server.stop();
  // The halt of a rollout outlives its server.
  ServeProcess again(with_store(store_));
  EXPECT_EQ(rollout_json({"list"})["phase"], "running");
}

INSTANTIATE_TEST_SUITE_P(Engines, RolloutCommand, ::testing::Bool(), [](const auto& engine) {
  return engine.param ? "Postgresql" : "Sqlite";
});

class RolloutUsage : public StoreTest {};

TEST_F(RolloutUsage, NamesWhatIsWrong) {
  const std::string missing = "sqlite:" + (folder_ / "none.sqlite3").string();
  EXPECT_EQ(otatool({"rollout", "list", "--store", missing}).exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none.sqlite3"));
  EXPECT_EQ(otatool({"rollout", "list"}).exit_code, 2);
  EXPECT_EQ(otatool({"rollout", "begin", "--store", missing}).exit_code, 2);
  { ServeProcess(with_store(sqlite())).stop(); }
  EXPECT_EQ(otatool({"rollout", "show", "x", "--store", sqlite()}).exit_code, 3);
  const Outcome none = otatool({"rollout", "list", "--store", sqlite()});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_EQ(none.output, "no rollouts\n");
}

}  // namespace
}  // namespace otatool::test
