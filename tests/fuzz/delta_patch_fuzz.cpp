// Untrusted patches on the host: an accepted patch makes as many bytes as it announces; one that is
// refused says why.
#include "tests/fuzz/delta_input.hpp"
#include "tests/fuzz/fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otatool;
  if (size < 2 || size > 0xFFFF) {
    return 0;
  }
  const std::vector<std::uint8_t> old_image(fuzz::kDeltaOldSize, 7);
  const fuzz::DeltaInput input = fuzz::delta_input({data, size});
  const auto made = delta::apply(old_image, input.patch, fuzz::kZeroDigests);
  fuzz::require(!made || made->size() == input.new_size, "a patch makes what it announces");
  fuzz::require(made || !made.error().message().empty(), "a refusal says why");
  return 0;
}
