// A fixed-point Fourier transform of 256 points, and tones to try it on. No heap, no floating
// point.
#pragma once

#include <stdint.h>

namespace otatool::hello {

constexpr unsigned kPoints = 256;

/// A sample or a bin; both parts stay within 16 bits plus sign.
struct Complex {
  int32_t real;
  int32_t imaginary;
};

/// Adds a sine of `cycles` periods and the given amplitude (at most 32767 in sum) to the signal.
void synthesize(Complex (&signal)[kPoints], unsigned cycles, int32_t amplitude);

/// Replaces the signal by its spectrum, divided by the number of points.
void transform(Complex (&signal)[kPoints]);

/// The squared magnitude of a bin.
[[nodiscard]] uint32_t power(const Complex& bin);

}  // namespace otatool::hello
