// A visitor made of lambdas, for std::visit.
#pragma once

namespace otatool {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace otatool
