#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/store/store.hpp"

namespace otatool::store {
namespace {

using Kind = StoreAddress::Kind;

TEST(StoreAddressText, NamesTheEngineAndThePlace) {
  EXPECT_EQ(parse_store_address("none")->kind, Kind::None);
  EXPECT_EQ(parse_store_address("sqlite:a/b.db")->kind, Kind::Sqlite);
  EXPECT_EQ(parse_store_address("sqlite:a/b.db")->place, "a/b.db");
  EXPECT_EQ(parse_store_address("postgresql://host/db")->kind, Kind::Postgresql);
  EXPECT_EQ(parse_store_address("postgres://host/db")->place, "postgres://host/db");
}

TEST(StoreAddressText, RefusesAnythingElseWithoutQuotingIt) {
  for (const char* text : {"", "sqlite:", "mysql://user:secret@host", "file.db", "None"}) {
    const auto address = parse_store_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code(), Errc::Usage);
    EXPECT_THAT(address.error().message(), ::testing::Not(::testing::HasSubstr("secret")));
  }
}

TEST(StoreAddressText, AnInvalidUriKeepsItsPassword) {
  const auto store = open_store(
      {.kind = Kind::Postgresql, .place = "postgresql://user:secret@[host/db"}, Access::Serve);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), Errc::Usage);
  EXPECT_THAT(store.error().message(), ::testing::Not(::testing::HasSubstr("secret")));
}

TEST(StoreAddressText, AServerThatIsNotThereIsANetworkFailure) {
  const auto store =
      open_store({.kind = Kind::Postgresql, .place = "postgresql://user:secret@127.0.0.1:1/db"},
                 Access::Serve);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), Errc::NetworkFailed);
  EXPECT_THAT(store.error().message(), ::testing::Not(::testing::HasSubstr("secret")));
}

}  // namespace
}  // namespace otatool::store
