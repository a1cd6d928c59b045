#include "firmware/examples/hello/spectrum.hpp"

namespace otatool::hello {
namespace {

// A quarter of a sine wave, 64 steps, 32767 = 1.
constexpr int16_t kQuarter[65] = {
    0,     804,   1608,  2410,  3212,  4011,  4808,  5602,  6393,  7179,  7962,  8739,  9512,
    10278, 11039, 11793, 12539, 13279, 14010, 14732, 15446, 16151, 16846, 17530, 18204, 18868,
    19519, 20159, 20787, 21403, 22005, 22594, 23170, 23731, 24279, 24811, 25329, 25832, 26319,
    26790, 27245, 27683, 28105, 28510, 28898, 29268, 29621, 29956, 30273, 30571, 30852, 31113,
    31356, 31580, 31785, 31971, 32137, 32285, 32412, 32521, 32609, 32678, 32728, 32757, 32767,
};

int32_t sine(unsigned step) {
  step %= kPoints;
  const unsigned quarter = step / 64;
  const unsigned within = step % 64;
  const int32_t value = quarter % 2 == 0 ? kQuarter[within] : kQuarter[64 - within];
  return quarter < 2 ? value : -value;
}

unsigned reversed(unsigned index) {
  unsigned result = 0;
  for (unsigned bit = 1; bit < kPoints; bit *= 2) {
    result = result * 2 + ((index & bit) != 0 ? 1U : 0U);
  }
  return result;
}

// Halves both results so that no stage overflows.
void butterfly(Complex& upper, Complex& lower, unsigned step) {
  const int32_t cosine = sine(step + kPoints / 4);
  const int32_t minus_sine = -sine(step);
  const int32_t real = (lower.real * cosine - lower.imaginary * minus_sine) / 32768;
  const int32_t imaginary = (lower.real * minus_sine + lower.imaginary * cosine) / 32768;
  lower = {(upper.real - real) / 2, (upper.imaginary - imaginary) / 2};
  upper = {(upper.real + real) / 2, (upper.imaginary + imaginary) / 2};
}

}  // namespace

void synthesize(Complex (&signal)[kPoints], unsigned cycles, int32_t amplitude) {
  for (unsigned i = 0; i < kPoints; ++i) {
    signal[i].real += sine(i * cycles) * amplitude / 32767;
  }
}

void transform(Complex (&signal)[kPoints]) {
  for (unsigned i = 0; i < kPoints; ++i) {
    const unsigned j = reversed(i);
    if (i < j) {
      const Complex kept = signal[i];
      signal[i] = signal[j];
      signal[j] = kept;
    }
  }
  for (unsigned half = 1; half < kPoints; half *= 2) {
    for (unsigned start = 0; start < kPoints; start += 2 * half) {
      for (unsigned i = 0; i < half; ++i) {
        butterfly(signal[start + i], signal[start + half + i], i * (kPoints / 2 / half));
      }
    }
  }
}

uint32_t power(const Complex& bin) {
  return static_cast<uint32_t>(bin.real * bin.real) +
         static_cast<uint32_t>(bin.imaginary * bin.imaginary);
}

}  // namespace otatool::hello
