// The tables of a store and their versions.
#pragma once

#include "store/database.hpp"

namespace otatool::store {

/// With Access::Serve: makes the tables, or brings those of an older program up to date, in one
/// transaction. StoreFailed for tables of a newer program, and with Access::Manage for any other
/// tables than those of this program; they stay as they are.
[[nodiscard]] Result<void> prepare_schema(Database& database, Access access);

}  // namespace otatool::store
