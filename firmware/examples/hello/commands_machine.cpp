#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/examples/hello/console.hpp"
#include "firmware/examples/hello/shell.hpp"
#include "firmware/examples/hello/spectrum.hpp"

namespace otatool::hello {
namespace {

constexpr unsigned kWidth = 64;
constexpr unsigned kHeight = 16;

void show_date(char* arguments) {
  const char* const word = next_word(arguments);
  const time_t seconds = word == nullptr ? 0 : static_cast<time_t>(strtoul(word, nullptr, 10));
  struct tm parts;
  gmtime_r(&seconds, &parts);
  char text[64];
  strftime(text, sizeof text, "%A, %d %B %Y, %H:%M:%S, day %j of the year", &parts);
  printf_line("%s\n", text);
}

// Reads by words: instruction memory and the flash window allow nothing else.
void dump(char* arguments) {
  const char* const address_word = next_word(arguments);
  const char* const count_word = next_word(arguments);
  const uint32_t address =
      address_word == nullptr ? 0x3FFE8000U : strtoul(address_word, nullptr, 16) & ~3U;
  const uint32_t count = count_word == nullptr ? 8 : strtoul(count_word, nullptr, 10);
  const auto* words = reinterpret_cast<const volatile uint32_t*>(address);
  for (uint32_t i = 0; i < count; ++i) {
    if (i % 4 == 0) {
      printf_line("%s%08lx:", i == 0 ? "" : "\n", static_cast<unsigned long>(address + 4 * i));
    }
    printf_line(" %08lx", static_cast<unsigned long>(words[i]));
  }
  print("\n");
}

void show_spectrum(char* arguments) {
  static Complex signal[kPoints];
  memset(signal, 0, sizeof signal);
  for (const char* word = next_word(arguments); word != nullptr; word = next_word(arguments)) {
    synthesize(signal, static_cast<unsigned>(strtoul(word, nullptr, 10)), 6000);
  }
  transform(signal);
  for (unsigned bin = 0; bin < kPoints / 2; ++bin) {
    const uint32_t strength = power(signal[bin]);
    if (strength > 10000) {
      printf_line("%3u %lu\n", bin, static_cast<unsigned long>(strength));
    }
  }
}

bool alive(const uint8_t (&field)[kHeight][kWidth], unsigned row, unsigned column) {
  unsigned neighbours = 0;
  for (unsigned down = kHeight - 1; down <= kHeight + 1; ++down) {
    for (unsigned right = kWidth - 1; right <= kWidth + 1; ++right) {
      const bool itself = down == kHeight && right == kWidth;
      neighbours += itself ? 0U : field[(row + down) % kHeight][(column + right) % kWidth];
    }
  }
  return neighbours == 3 || (neighbours == 2 && field[row][column] != 0);
}

void life(char* arguments) {
  static uint8_t fields[2][kHeight][kWidth];
  const char* const word = next_word(arguments);
  const unsigned generations =
      word == nullptr ? 10 : static_cast<unsigned>(strtoul(word, nullptr, 10)) % 1000;
  memset(fields, 0, sizeof fields);
  uint32_t noise = 1;
  for (unsigned cell = 0; cell < kHeight * kWidth; ++cell) {
    noise = noise * 1664525U + 1013904223U;
    fields[0][cell / kWidth][cell % kWidth] = (noise >> 30U) == 0 ? 1 : 0;
  }
  for (unsigned generation = 0; generation < generations; ++generation) {
    for (unsigned cell = 0; cell < kHeight * kWidth; ++cell) {
      const bool lives = alive(fields[generation % 2], cell / kWidth, cell % kWidth);
      fields[(generation + 1) % 2][cell / kWidth][cell % kWidth] = lives ? 1 : 0;
    }
    feed_watchdog();
  }
  for (const uint8_t(&row)[kWidth] : fields[generations % 2]) {
    char line[kWidth + 2];
    for (unsigned column = 0; column < kWidth; ++column) {
      line[column] = row[column] != 0 ? '#' : '.';
    }
    line[kWidth] = '\n';
    line[kWidth + 1] = '\0';
    print(line);
  }
}

}  // namespace

const Command kMachineCommands[4] = {
    {"date", "show seconds since 1970 as a date", show_date},
    {"dump", "show words of memory: address, count", dump},
    {"spectrum", "transform a mix of tones of the given cycles", show_spectrum},
    {"life", "run the game of life for some generations", life}};

}  // namespace otatool::hello
