// Sixteen float32 lanes in the compiler's own vectors, for any processor.
//
// Where the processor has no fused multiply-add, fma() rounds twice: results then differ in the last bits from the
// other instruction sets.
#pragma once

#define SEEDBED_INLINE inline __attribute__((always_inline))

namespace seedbed::SEEDBED_NAMESPACE {

constexpr int kAccumulators = 6;

typedef float Floats __attribute__((vector_size(64), aligned(64)));
typedef int Ints __attribute__((vector_size(64), aligned(64)));

struct Vector {
    Floats v;
};
struct Mask {
    Ints m;
};

SEEDBED_INLINE Vector splat(float x) { return {Floats{} + x}; }
SEEDBED_INLINE Vector zero() { return {Floats{}}; }
SEEDBED_INLINE Vector load(const float* p) { return {*reinterpret_cast<const Floats*>(p)}; }
SEEDBED_INLINE void store(float* p, Vector a) { *reinterpret_cast<Floats*>(p) = a.v; }
SEEDBED_INLINE Vector load_unaligned(const float* p) {
    Vector a;
    __builtin_memcpy(&a.v, p, 64);
    return a;
}
SEEDBED_INLINE void store_unaligned(float* p, Vector a) { __builtin_memcpy(p, &a.v, 64); }
SEEDBED_INLINE void store_first(float* p, Vector a, int n) {
    for (int i = 0; i < n; ++i) p[i] = a.v[i];
}
SEEDBED_INLINE Vector load_bytes(const unsigned char* p) {
    Vector a;
    for (int i = 0; i < 16; ++i) a.v[i] = static_cast<float>(p[i]);
    return a;
}

SEEDBED_INLINE Vector fma(Vector a, Vector b, Vector c) {
#ifdef __FP_FAST_FMAF
    Vector r;
    for (int i = 0; i < 16; ++i) r.v[i] = __builtin_fmaf(a.v[i], b.v[i], c.v[i]);
    return r;
#else
    return {a.v * b.v + c.v};
#endif
}
SEEDBED_INLINE Vector operator+(Vector a, Vector b) { return {a.v + b.v}; }
SEEDBED_INLINE Vector operator-(Vector a, Vector b) { return {a.v - b.v}; }
SEEDBED_INLINE Vector operator*(Vector a, Vector b) { return {a.v * b.v}; }
SEEDBED_INLINE Vector operator/(Vector a, Vector b) { return {a.v / b.v}; }
// As in x86: the second operand where the comparison is false or a NaN is involved.
SEEDBED_INLINE Vector max(Vector a, Vector b) { return {a.v > b.v ? a.v : b.v}; }
SEEDBED_INLINE Vector min(Vector a, Vector b) { return {a.v < b.v ? a.v : b.v}; }
SEEDBED_INLINE Vector round(Vector a) {
    // Adding and taking away 1.5 · 2**23 leaves the nearest whole number, ties to even.
    const Vector big = splat(12582912.0f);
    return {(a.v + big.v) - big.v};
}

SEEDBED_INLINE Mask greater(Vector a, Vector b) { return {a.v > b.v}; }
SEEDBED_INLINE Mask equal(Vector a, Vector b) { return {a.v == b.v}; }
SEEDBED_INLINE Mask and_not(Mask a, Mask b) { return {a.m & ~b.m}; }
SEEDBED_INLINE Mask either(Mask a, Mask b) { return {a.m | b.m}; }
SEEDBED_INLINE Mask none() { return {Ints{}}; }
SEEDBED_INLINE Vector select(Mask m, Vector yes, Vector no) { return {m.m ? yes.v : no.v}; }

// 2**n for whole n from -126 to 127.
SEEDBED_INLINE Vector power_of_two(Vector n) {
    const Ints bits = (__builtin_convertvector(n.v, Ints) + 127) << 23;
    Vector a;
    __builtin_memcpy(&a.v, &bits, 64);
    return a;
}
// x = mantissa · 2**exponent with the mantissa in [1, 2), for normal positive x.
SEEDBED_INLINE void split(Vector x, Vector& mantissa, Vector& exponent) {
    Ints bits;
    __builtin_memcpy(&bits, &x.v, 64);
    exponent.v = __builtin_convertvector((bits >> 23) - 127, Floats);
    bits = (bits & 0x007FFFFF) | 0x3F800000;
    __builtin_memcpy(&mantissa.v, &bits, 64);
}

// Always the same tree: lanes 8 apart, then 4, 2, 1.
SEEDBED_INLINE float sum(Vector a) {
    float s[8];
    for (int i = 0; i < 8; ++i) s[i] = a.v[i] + a.v[i + 8];
    for (int i = 0; i < 4; ++i) s[i] += s[i + 4];
    return (s[0] + s[2]) + (s[1] + s[3]);
}

}  // namespace seedbed::SEEDBED_NAMESPACE
