// Sixteen float32 lanes in four of the compiler's own 16-byte vectors, for any processor.
//
// Where the processor has no fused multiply-add, fma() rounds twice: results then differ in the last bits from the
// other instruction sets.
#pragma once
#include <cstdint>

#define SEEDBED_INLINE inline __attribute__((always_inline))

namespace seedbed::SEEDBED_NAMESPACE {

constexpr int kAccumulators = 6;

typedef float Floats __attribute__((vector_size(16)));
typedef int Ints __attribute__((vector_size(16)));

struct Vector {
    Floats v[4];
};
struct Mask {
    Ints m[4];
};

template <class F>
SEEDBED_INLINE Vector each(F f) {
    return {{f(0), f(1), f(2), f(3)}};
}
template <class F>
SEEDBED_INLINE Mask each_mask(F f) {
    return {{f(0), f(1), f(2), f(3)}};
}
template <class To, class From>
SEEDBED_INLINE To bits(From from) {
    return (To)from;
}

SEEDBED_INLINE Vector splat(float x) {
    const Floats v = Floats{} + x;
    return {{v, v, v, v}};
}
SEEDBED_INLINE Vector zero() { return {}; }
SEEDBED_INLINE Vector load(const float* p) {
    return each([&](int i) { return reinterpret_cast<const Floats*>(p)[i]; });
}
SEEDBED_INLINE void store(float* p, Vector a) {
    for (int i = 0; i < 4; ++i) reinterpret_cast<Floats*>(p)[i] = a.v[i];
}
SEEDBED_INLINE void store_unaligned(float* p, Vector a) { __builtin_memcpy(p, a.v, 64); }
SEEDBED_INLINE void store_first(float* p, Vector a, int n) {
    for (int i = 0; i < n; ++i) p[i] = a.v[i / 4][i % 4];
}
SEEDBED_INLINE Vector load_unaligned(const float* p) {
    Vector a;
    __builtin_memcpy(a.v, p, 64);
    return a;
}
SEEDBED_INLINE Vector load_first(const float* p, int n) {
    Vector a{};
    for (int i = 0; i < n; ++i) a.v[i / 4][i % 4] = p[i];
    return a;
}
// columns[i] lane j = rows[j][first + i]
SEEDBED_INLINE void load_byte_columns(const unsigned char* const* rows, int64_t first, Vector (&columns)[16]) {
    for (int i = 0; i < 16; ++i)
        for (int j = 0; j < 16; ++j) columns[i].v[j / 4][j % 4] = static_cast<float>(rows[j][first + i]);
}
// Swaps rows and columns of 16×16 numbers.
SEEDBED_INLINE void transpose(Vector (&block)[16]) {
    Vector transposed[16];
    for (int i = 0; i < 16; ++i)
        for (int j = 0; j < 16; ++j) transposed[j].v[i / 4][i % 4] = block[i].v[j / 4][j % 4];
    for (int i = 0; i < 16; ++i) block[i] = transposed[i];
}
SEEDBED_INLINE Vector load_bytes(const unsigned char* p) {
    return each([&](int i) {
        return Floats{float(p[4 * i]), float(p[4 * i + 1]), float(p[4 * i + 2]), float(p[4 * i + 3])};
    });
}

SEEDBED_INLINE Vector fma(Vector a, Vector b, Vector c) {
#ifdef __FP_FAST_FMAF
    return each([&](int i) {
        Floats r;
        for (int j = 0; j < 4; ++j) r[j] = __builtin_fmaf(a.v[i][j], b.v[i][j], c.v[i][j]);
        return r;
    });
#else
    return each([&](int i) { return a.v[i] * b.v[i] + c.v[i]; });
#endif
}
SEEDBED_INLINE Vector operator+(Vector a, Vector b) { return each([&](int i) { return a.v[i] + b.v[i]; }); }
SEEDBED_INLINE Vector operator-(Vector a, Vector b) { return each([&](int i) { return a.v[i] - b.v[i]; }); }
SEEDBED_INLINE Vector operator*(Vector a, Vector b) { return each([&](int i) { return a.v[i] * b.v[i]; }); }
SEEDBED_INLINE Vector operator/(Vector a, Vector b) { return each([&](int i) { return a.v[i] / b.v[i]; }); }
SEEDBED_INLINE Vector sqrt(Vector a) {
    return each([&](int i) {
        Floats root;
        for (int j = 0; j < 4; ++j) root[j] = __builtin_sqrtf(a.v[i][j]);
        return root;
    });
}
// As in x86: the second operand where the comparison is false or a NaN is involved.
SEEDBED_INLINE Vector max(Vector a, Vector b) {
    return each([&](int i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; });
}
SEEDBED_INLINE Vector min(Vector a, Vector b) {
    return each([&](int i) { return a.v[i] < b.v[i] ? a.v[i] : b.v[i]; });
}
// Adding and taking away 1.5 · 2**23 leaves the nearest whole number, ties to even.
SEEDBED_INLINE Vector round(Vector a) {
    return each([&](int i) { return (a.v[i] + 12582912.0f) - 12582912.0f; });
}

SEEDBED_INLINE Mask greater(Vector a, Vector b) { return each_mask([&](int i) { return a.v[i] > b.v[i]; }); }
SEEDBED_INLINE Mask equal(Vector a, Vector b) { return each_mask([&](int i) { return a.v[i] == b.v[i]; }); }
SEEDBED_INLINE Mask and_not(Mask a, Mask b) { return each_mask([&](int i) { return a.m[i] & ~b.m[i]; }); }
SEEDBED_INLINE Mask either(Mask a, Mask b) { return each_mask([&](int i) { return a.m[i] | b.m[i]; }); }
SEEDBED_INLINE Mask none() { return {}; }
SEEDBED_INLINE unsigned short bits_of(Mask m) {
    int result = 0;
    for (int i = 0; i < 16; ++i) result |= (m.m[i / 4][i % 4] & 1) << i;
    return static_cast<unsigned short>(result);
}
SEEDBED_INLINE Mask mask_of(unsigned short lanes) {
    const Ints each = {1, 2, 4, 8};
    return each_mask([&](int i) { return ((Ints{} + (lanes >> (4 * i))) & each) == each; });
}
SEEDBED_INLINE Vector select(Mask m, Vector yes, Vector no) {
    return each([&](int i) { return m.m[i] ? yes.v[i] : no.v[i]; });
}

// 2**n for whole n from -126 to 127.
SEEDBED_INLINE Vector power_of_two(Vector n) {
    return each([&](int i) { return bits<Floats>((__builtin_convertvector(n.v[i], Ints) + 127) << 23); });
}
// 1/x within 5.1% for normal x: the exponent's bits change sign, and so do those of the mantissa, nearly.
constexpr int kReciprocal = 0x7EF31000;
SEEDBED_INLINE Vector guess_reciprocal(Vector x) {
    return each([&](int i) { return bits<Floats>(kReciprocal - bits<Ints>(x.v[i])); });
}
// x = mantissa · 2**exponent with the mantissa in [1, 2), for normal positive x.
SEEDBED_INLINE void split(Vector x, Vector& mantissa, Vector& exponent) {
    exponent = each([&](int i) { return __builtin_convertvector((bits<Ints>(x.v[i]) >> 23) - 127, Floats); });
    mantissa = each([&](int i) { return bits<Floats>((bits<Ints>(x.v[i]) & 0x007FFFFF) | 0x3F800000); });
}

// Always the same tree: lanes 8 apart, then 4, 2, 1.
SEEDBED_INLINE float sum(Vector a) {
    const Floats four = (a.v[0] + a.v[2]) + (a.v[1] + a.v[3]);
    return (four[0] + four[2]) + (four[1] + four[3]);
}

// Lane i is the sum of block[i].
SEEDBED_INLINE Vector sum_each(const Vector (&block)[16]) {
    alignas(64) float sums[16];
    for (int i = 0; i < 16; ++i) sums[i] = sum(block[i]);
    return load(sums);
}

}  // namespace seedbed::SEEDBED_NAMESPACE
