#include "delta/suffix_array.hpp"

#include <divsufsort.h>
#include <new>

namespace otatool::delta {

std::vector<std::int32_t> sorted_suffixes(Bytes text) {
  std::vector<std::int32_t> order(text.size());
  if (!text.empty() &&
      divsufsort(text.data(), order.data(), static_cast<std::int32_t>(text.size())) != 0) {
    throw std::bad_alloc();
  }
  return order;
}

}  // namespace otatool::delta
