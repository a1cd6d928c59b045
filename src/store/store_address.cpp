#include "otatool/store/store.hpp"

namespace otatool::store {

Result<StoreAddress> parse_store_address(std::string_view text) {
  constexpr std::string_view kSqlite = "sqlite:";
  using Kind = StoreAddress::Kind;
  if (text == "none") {
    return StoreAddress{.kind = Kind::None, .place = {}};
  }
  if (text.starts_with(kSqlite) && text.size() > kSqlite.size()) {
    return StoreAddress{.kind = Kind::Sqlite, .place = std::string(text.substr(kSqlite.size()))};
  }
  if (text.starts_with("postgresql://") || text.starts_with("postgres://")) {
    return StoreAddress{.kind = Kind::Postgresql, .place = std::string(text)};
  }
  return fail(Errc::Usage, "the store is not one of sqlite:FILE, postgresql://..., none");
}

}  // namespace otatool::store
