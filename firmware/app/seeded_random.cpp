#include "firmware/app/seeded_random.hpp"

#include <string.h>

namespace otatool::firmware {

SeededRandom::SeededRandom(const uint8_t* seed, uint32_t (*cycles)()) : cycles_(cycles) {
  memcpy(state_, seed, sizeof(state_));
}

void SeededRandom::fill(uint8_t* bytes, size_t length) {
  while (length != 0) {
    uint8_t block[Sha256::kDigestLength];
    const uint32_t words[] = {++counter_, cycles_()};
    sha256_.begin();
    sha256_.update(state_, sizeof(state_));
    sha256_.update(words, sizeof(words));
    sha256_.finish(block);
    const size_t count = length < sizeof(block) / 2 ? length : sizeof(block) / 2;
    // One half is output, the other becomes the new state.
    memcpy(bytes, block, count);
    memcpy(state_, block + sizeof(block) / 2, sizeof(block) / 2);
    bytes += count;
    length -= count;
  }
}

}  // namespace otatool::firmware
