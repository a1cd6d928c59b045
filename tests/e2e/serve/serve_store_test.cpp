// What `serve` knows after a restart, and what happens when its store fails (fleet.md 2).
#include <fstream>
#include <sched.h>
#include <sys/mount.h>

#include "tests/e2e/serve/store_fixture.hpp"
#include "tests/support/postgresql_cluster.hpp"

namespace otatool::test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ServeStore : public StoreTest {};

TEST_F(ServeStore, ARestartForgetsNothing) {
  {
    ServeProcess server(with_store(sqlite()));
    EXPECT_EQ(ask(server.port(), 1, "1.0.0"), 200U);
    EXPECT_EQ(ask(server.port(), 2, "2.0.0"), 304U);
    EXPECT_EQ(server.stop().exit_code, 0);
  }
  ServeProcess server(with_store(sqlite()));
  auto known = devices(server);
  ASSERT_EQ(known.size(), 2U);
  const auto& first = known[mac_of(1)];
  EXPECT_EQ(first["state"], "downloaded");
  EXPECT_EQ(first["name"], "kitchen");
  EXPECT_EQ(first["downloads"], 1);
  EXPECT_EQ(first["version"], "1.0.0");
  EXPECT_EQ(known[mac_of(2)]["state"], "current");
  EXPECT_EQ(ask(server.port(), 1, "2.0.0"), 304U);
  EXPECT_EQ(state_of(server, 1), "confirmed");
  server.process().send_signal(SIGINT);
  EXPECT_EQ(server.process().wait().exit_code, 130);
}

TEST_F(ServeStore, AttemptsWithoutEffectAreCountedOverARestart) {
  for (int i = 0; i < 3; ++i) {
    ServeProcess server(with_store(sqlite()));
    EXPECT_EQ(ask(server.port(), 1, "1.0.0"), 200U) << i;
    server.stop();
  }
  ServeProcess server(with_store(sqlite()));
  EXPECT_EQ(ask(server.port(), 1, "1.0.0"), 304U);
  EXPECT_EQ(state_of(server, 1), "not-applied");
  EXPECT_EQ(devices(server)[mac_of(1)]["not_applied"], 3);
  // Another device still gets the image.
  EXPECT_EQ(ask(server.port(), 2, "1.0.0"), 200U);
}

TEST_F(ServeStore, TheDefaultIsAFileOfTheUser) {
  const auto start = [this](const std::string& environment) {
    return ServeProcess({site()}, std::chrono::seconds(120), "unset OTATOOL_STORE; " + environment);
  };
  const std::string state = folder_ / "state";
  {
    auto server = start("export XDG_STATE_HOME=" + state);
    EXPECT_THAT(server.stop().error, HasSubstr("devices are kept in '" + state));
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "state/otatool/serve-site.sqlite3"));
  {
    auto server = start("export XDG_STATE_HOME=" + state + " STATE_DIRECTORY=" + state + "2:/x");
    server.stop();
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "state2/otatool/serve-site.sqlite3"));
  {
    auto server = start("unset XDG_STATE_HOME; export HOME=" + state + "3");
    server.stop();
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "state3/.local/state/otatool/serve-site.sqlite3"));
  // A default that cannot be opened is reported once, and devices are kept in memory.
  auto server = start("export STATE_DIRECTORY=" + site() + "/new.bin");
  EXPECT_EQ(ask(server.port(), 1, "2.0.0"), 304U);
  EXPECT_EQ(state_of(server, 1), "current");
  const Outcome outcome = server.stop();
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, HasSubstr("devices are kept in memory only"));
}

TEST_F(ServeStore, ANamedStoreThatCannotBeOpenedEndsTheServer) {
  const auto refused = [this](const std::string& store) {
    auto arguments = with_store(store);
    arguments.insert(arguments.begin(), {"serve", "--listen", "127.0.0.1:0"});
    return otatool(arguments);
  };
  EXPECT_EQ(refused("sqlite:" + (folder_ / "none/file").string()).exit_code, 1);
  EXPECT_EQ(refused("sqlite:" + folder_.path().string()).exit_code, 1);
  EXPECT_EQ(refused("mysql://user:secret@host").exit_code, 2);
  const Outcome served = refused("sqlite:" + site() + "/fleet.sqlite3");
  EXPECT_EQ(served.exit_code, 2);
  EXPECT_THAT(served.error, HasSubstr("is in the served folder"));
  const Outcome absent = refused("postgresql://user:secret@127.0.0.1:1/db");
  EXPECT_EQ(absent.exit_code, 5);
  EXPECT_THAT(absent.error, Not(HasSubstr("secret")));
  ServeProcess server(with_store(sqlite()));
  const Outcome second = refused(sqlite());
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.error, HasSubstr("in use by another server"));
  EXPECT_THAT(second.error, HasSubstr("hint: stop the other server"));
  const Outcome service = refused("postgresql://?service=none");
  EXPECT_EQ(service.exit_code, 2);
  EXPECT_THAT(service.error, HasSubstr("PGSERVICEFILE"));
}

TEST_F(ServeStore, ANewerSchemaIsRefusedAndLeftAlone) {
  { ServeProcess(with_store(sqlite())).stop(); }
  ASSERT_EQ(query(file(), "UPDATE otatool_schema SET version = 99").exit_code, 0);
  auto arguments = with_store(sqlite());
  arguments.insert(arguments.begin(), "serve");
  const Outcome refused = otatool(arguments);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.error, HasSubstr("'" + file() + "': the store has schema 99"));
  EXPECT_THAT(refused.error, HasSubstr("hint: 'otatool serve' and 'otatool rollout' must be of"));
  EXPECT_EQ(query(file(), "SELECT version FROM otatool_schema").output, "99\n");
}

TEST_F(ServeStore, AFileThatWasRemovedIsMadeAgainWithEverything) {
  ServeProcess server(with_store(sqlite()));
  EXPECT_EQ(ask(server.port(), 1, "1.0.0"), 200U);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(file() + suffix);
  }
  ASSERT_TRUE(server.process().wait_for_error("it was made again"));
  EXPECT_EQ(ask(server.port(), 2, "1.0.0"), 200U);
  server.stop();
  EXPECT_EQ(query(file(), "SELECT count(*) FROM otatool_devices").output, "2\n");
}

TEST_F(ServeStore, OtherProgramsThatReadTheFileLoseNoChange) {
  ServeProcess server(with_store(sqlite()));
  // Whoever closes the file last removes the log of changes: that must not be the reader.
  for (unsigned number = 1; number <= 5; ++number) {
    EXPECT_EQ(query(file(), "SELECT count(*) FROM otatool_devices").exit_code, 0);
    EXPECT_EQ(ask(server.port(), number, "1.0.0"), 200U);
  }
  server.process().send_signal(SIGKILL);
  server.process().wait();
  ServeProcess again(with_store(sqlite()));
  EXPECT_EQ(ask(again.port(), 6, "1.0.0"), 200U);
  again.stop();
  EXPECT_EQ(query(file(), "SELECT count(*) FROM otatool_devices WHERE mac % 256 = 6").output,
            "1\n");
}

TEST_F(ServeStore, ALockedFileDelaysNobodyAndLosesNothing) {
  ServeProcess server(with_store(sqlite()));
  Process holder({.program = "/usr/bin/sqlite3", .arguments = {file()}});
  holder.write_input("BEGIN EXCLUSIVE;\n.print locked\n");
  ASSERT_TRUE(holder.wait_for_output("locked"));
  EXPECT_EQ(ask(server.port(), 1, "1.0.0"), 200U);
  ASSERT_TRUE(await_trouble(server, true));
  EXPECT_EQ(curl({server.url() + "/readyz"}).output,
            "the store cannot be written: database is locked\n");
  EXPECT_EQ(ask(server.port(), 2, "1.0.0"), 200U);
  holder.write_input("COMMIT;\n");
  holder.close_input();
  EXPECT_TRUE(await_trouble(server, false));
  EXPECT_THAT(server.stop().error, HasSubstr("writing the store works again"));
  EXPECT_EQ(query(file(), "SELECT count(*) FROM otatool_devices").output, "2\n");
}

/// A small file system of its own at `folder`, in a mount namespace of this test.
bool mount_small(const std::string& folder) {
  return unshare(CLONE_NEWNS) == 0 &&
         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=400k") == 0;
}

TEST_F(ServeStore, AFullDiskStopsOnlyTheStore) {
  static_cast<void>(sqlite());
  if (!mount_small(folder_ / "store")) {
    GTEST_SKIP() << "mounting a file system needs root";
  }
  ServeProcess server(with_store(sqlite()));
  EXPECT_EQ(ask(server.port(), 1, "1.0.0"), 200U);
  // The largest file that fits.
  for (std::string filler(400'000, 'x'); !filler.empty(); filler.resize(filler.size() / 2)) {
    std::ofstream(folder_ / "store/filler", std::ios::app) << filler << std::flush;
  }
  for (unsigned number = 2; number < 40; ++number) {
    ASSERT_EQ(ask(server.port(), number, "1.0.0"), 200U);
  }
  ASSERT_TRUE(await_trouble(server, true));
  EXPECT_EQ(ask(server.port(), 40, "1.0.0"), 200U);
  std::filesystem::remove(folder_ / "store/filler");
  EXPECT_TRUE(await_trouble(server, false));
  EXPECT_EQ(server.stop().exit_code, 0);
  EXPECT_EQ(query(file(), "PRAGMA integrity_check").output, "ok\n");
  EXPECT_EQ(query(file(), "SELECT count(*) FROM otatool_devices").output, "40\n");
  umount((folder_ / "store").c_str());
}

TEST_F(ServeStore, AReadOnlyFileIsNoStore) {
  { ServeProcess(with_store(sqlite())).stop(); }
  const std::string store = folder_ / "store";
  if (unshare(CLONE_NEWNS) != 0 ||
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount(store.c_str(), store.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      mount(nullptr, store.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0) {
    GTEST_SKIP() << "mounting a file system needs root";
  }
  auto arguments = with_store(sqlite());
  arguments.insert(arguments.begin(), "serve");
  const Outcome refused = otatool(arguments);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.error, HasSubstr("fleet.sqlite3"));
  umount(store.c_str());
}

class ServeOnPostgresql : public StoreTest {};

TEST_F(ServeOnPostgresql, MayReadTheFilesOfTheConnectionAgain) {
  PostgresqlCluster cluster;
  folder_.write("certificates/ca.pem", "");
  const std::string uri = cluster.make_database("fleet");
  const std::string more = std::string(uri.find('?') == std::string::npos ? "?" : "&") +
                           "sslrootcert=" + (folder_ / "certificates/ca.pem").string();
  ServeProcess server({site(), "-v", "--store", uri + more}, kPatience, "unset LSAN_OPTIONS");
  EXPECT_THAT(server.stop().error,
              AnyOf(HasSubstr("'" + (folder_ / "certificates").string() + "'"),
                    HasSubstr("the kernel has no Landlock")));
}

TEST_F(ServeOnPostgresql, HidesItsPasswordFile) {
  PostgresqlCluster cluster;
  folder_.write("site/passwords", "*:*:*:*:secret\n");
  std::filesystem::permissions(folder_ / "site/passwords", std::filesystem::perms::owner_read);
  const std::string uri = cluster.make_database("fleet");
  const std::string more = std::string(uri.find('?') == std::string::npos ? "?" : "&") +
                           "passfile=" + (folder_ / "site/passwords").string();
  ServeProcess server(with_store(uri + more), kPatience, "unset LSAN_OPTIONS");
  EXPECT_THAT(curl({server.url() + "/passwords"}).output, Not(HasSubstr("secret")));
}

TEST_F(ServeOnPostgresql, ContinuesWithoutItAndWritesLater) {
  PostgresqlCluster cluster;
  const std::string uri = cluster.make_database("fleet");
  // LeakSanitizer reads its file of suppressions at the end, which the sandbox does not allow.
  ServeProcess server(with_store(uri), kPatience, "unset LSAN_OPTIONS");
  EXPECT_EQ(ask(server.port(), 1, "1.0.0"), 200U);
  cluster.stop();
  EXPECT_EQ(ask(server.port(), 2, "1.0.0"), 200U);
  ASSERT_TRUE(await_trouble(server, true));
  EXPECT_EQ(curl({server.url() + "/readyz"}).output,
            "the store cannot be written: the database cannot be reached\n");
  EXPECT_EQ(ask(server.port(), 3, "1.0.0"), 200U);
  cluster.start();
  EXPECT_TRUE(await_trouble(server, false));
  EXPECT_EQ(server.stop().exit_code, 0);
  EXPECT_EQ(cluster.perform("fleet", "SELECT count(*) FROM otatool_devices").output, "3\n");
  EXPECT_EQ(
      cluster.perform("fleet", "SELECT count(*) FROM otatool_history WHERE kind = 'downloaded'")
          .output,
      "3\n");
  ServeProcess again(with_store(uri));
  EXPECT_EQ(devices(again).size(), 3U);
}

}  // namespace
}  // namespace otatool::test
