// Compiled once per instruction set, in its namespace, like the kernels.
#include "math_functions.h"

#include "../simd/math.h"

#define SEEDBED_STRING_OF(x) #x
#define SEEDBED_STRING(x) SEEDBED_STRING_OF(x)

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

template <class F>
SEEDBED_INLINE void each_vector(float* numbers, int64_t count, F f) {
    for (int64_t i = 0; i < count; i += 16) store(numbers + i, f(load(numbers + i)));
}

void exp_of(float* x, int64_t n) {
    each_vector(x, n, [](Vector v) { return exp(v); });
}
void log_of(float* x, int64_t n) {
    each_vector(x, n, [](Vector v) { return log(v); });
}
void tanh_of(float* x, int64_t n) {
    each_vector(x, n, [](Vector v) { return tanh(v); });
}
void sigmoid_of(float* x, int64_t n) {
    each_vector(x, n, [](Vector v) { return sigmoid(v); });
}
void erf_of(float* x, int64_t n) {
    each_vector(x, n, [](Vector v) { return erf(v); });
}
void multiply_add(float a, float b, float c, float* x) { store(x, fma(splat(a), splat(b), splat(c))); }

}  // namespace

extern const tests::MathFunctions math_functions;
const tests::MathFunctions math_functions{SEEDBED_STRING(SEEDBED_NAMESPACE), exp_of, log_of, tanh_of, sigmoid_of,
                                          erf_of, multiply_add};

}  // namespace seedbed::SEEDBED_NAMESPACE
