// The inline functions of cpp/simd/math.h as tables, one per instruction set, compiled with that set's flags.
#pragma once
#include <cstdint>

namespace seedbed::tests {

// Replaces each number; the count is a multiple of 16 and the address that of a whole vector.
using Elementwise = void (*)(float* numbers, int64_t count);

struct MathFunctions {
    const char* set;
    Elementwise exp, log, tanh, sigmoid, erf;
    // Sets numbers[0 … 15] to the one multiply-add a·b + c.
    void (*multiply_add)(float a, float b, float c, float* numbers);
};

}  // namespace seedbed::tests
