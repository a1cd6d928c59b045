// Result<T>: a value or an Error. An alias in one place, to become std::expected.
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
