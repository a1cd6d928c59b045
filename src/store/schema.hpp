// The tables of a store and their versions.
#pragma once

#include "store/database.hpp"

namespace otatool::store {

/// Makes the tables, or brings those of an older program up to date, in one transaction.
/// StoreFailed for tables of a newer program, which stay as they are, and with Access::Manage for
/// a database without tables.
[[nodiscard]] Result<void> prepare_schema(Database& database, Access access);

}  // namespace otatool::store
