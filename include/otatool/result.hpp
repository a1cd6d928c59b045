// Result<T>: a value or an Error. One alias, to be replaced by std::expected.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "otatool/error.hpp"

namespace otatool {

template <typename T>
using Result = tl::expected<T, Error>;

/// The failing half of a Result: `return fail(Errc::NotFound, "no such host 'x'");`
[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string message) {
  return tl::unexpected<Error>(Error(code, std::move(message)));
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace otatool

#define OTATOOL_JOIN_NAMES(first, second) first##second
#define OTATOOL_NAME_ON_LINE(prefix, line) OTATOOL_JOIN_NAMES(prefix, line)

/// Declares a variable from a Result, or returns the Result's error: `TRY(auto file,
/// read_file(path));`. Two statements, so it needs braces around it after an `if`. Not for
/// coroutines.
#define TRY(declaration, ...)                                                        \
  auto OTATOOL_NAME_ON_LINE(try_, __LINE__) = (__VA_ARGS__);                         \
  if (!OTATOOL_NAME_ON_LINE(try_, __LINE__)) {                                       \
    return ::otatool::fail(std::move(OTATOOL_NAME_ON_LINE(try_, __LINE__).error())); \
  }                                                                                  \
  declaration = std::move(*OTATOOL_NAME_ON_LINE(try_, __LINE__))

/// Returns the error of a Result<void>, if there is one: `TRY_VOID(check(file));`.
#define TRY_VOID(...)                                   \
  do {                                                  \
    if (auto tried = (__VA_ARGS__); !tried) {           \
      return ::otatool::fail(std::move(tried.error())); \
    }                                                   \
  } while (false)
