// Sixteen float32 lanes in two AVX2 registers, with FMA.
#pragma once
#include <immintrin.h>

#include "x86_bytes.h"

namespace seedbed::SEEDBED_NAMESPACE {

// Accumulators that fit the register file beside the operands: 6 pairs of 16 registers.
constexpr int kAccumulators = 6;

struct Vector {
    __m256 lo, hi;
};
struct Mask {
    __m256 lo, hi;
};

SEEDBED_INLINE Vector zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
SEEDBED_INLINE Vector splat(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
SEEDBED_INLINE Vector load(const float* p) { return {_mm256_load_ps(p), _mm256_load_ps(p + 8)}; }
SEEDBED_INLINE void store(float* p, Vector a) {
    _mm256_store_ps(p, a.lo);
    _mm256_store_ps(p + 8, a.hi);
}
SEEDBED_INLINE void store_unaligned(float* p, Vector a) {
    _mm256_storeu_ps(p, a.lo);
    _mm256_storeu_ps(p + 8, a.hi);
}
SEEDBED_INLINE void store_first(float* p, Vector a, int n) {
    alignas(64) float all[16];
    store(all, a);
    for (int i = 0; i < n; ++i) p[i] = all[i];
}
SEEDBED_INLINE Vector load_unaligned(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
SEEDBED_INLINE Vector load_first(const float* p, int n) {
    alignas(64) float all[16] = {};
    for (int i = 0; i < n; ++i) all[i] = p[i];
    return load(all);
}
SEEDBED_INLINE Vector from_bytes(__m128i bytes) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)),
            _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8)))};
}
SEEDBED_INLINE Vector load_bytes(const unsigned char* p) {
    return from_bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
// columns[i] lane j = rows[j][i]
SEEDBED_INLINE void load_byte_columns(const unsigned char* const* rows, int64_t first, Vector (&columns)[16]) {
    __m128i bytes[16];
    transpose_bytes(rows, first, bytes);
    for (int i = 0; i < 16; ++i) columns[i] = from_bytes(bytes[i]);
}
// Swaps rows and columns of 16×16 numbers.
SEEDBED_INLINE void transpose(Vector (&block)[16]) {
    alignas(64) float numbers[16][16];
    for (int i = 0; i < 16; ++i)
        for (int j = 0; j < 8; ++j) {
            numbers[j][i] = block[i].lo[j];
            numbers[j + 8][i] = block[i].hi[j];
        }
    for (int i = 0; i < 16; ++i) block[i] = load(numbers[i]);
}

SEEDBED_INLINE Vector fma(Vector a, Vector b, Vector c) {
    return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}
SEEDBED_INLINE Vector operator+(Vector a, Vector b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
SEEDBED_INLINE Vector operator-(Vector a, Vector b) { return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
SEEDBED_INLINE Vector operator*(Vector a, Vector b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
SEEDBED_INLINE Vector operator/(Vector a, Vector b) { return {_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
SEEDBED_INLINE Vector sqrt(Vector a) { return {_mm256_sqrt_ps(a.lo), _mm256_sqrt_ps(a.hi)}; }
// As in x86: the second operand where the comparison is false or a NaN is involved.
SEEDBED_INLINE Vector max(Vector a, Vector b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
SEEDBED_INLINE Vector min(Vector a, Vector b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }
SEEDBED_INLINE Vector round(Vector a) {
    return {_mm256_round_ps(a.lo, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
            _mm256_round_ps(a.hi, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}

SEEDBED_INLINE Mask greater(Vector a, Vector b) {
    return {_mm256_cmp_ps(a.lo, b.lo, _CMP_GT_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_GT_OQ)};
}
SEEDBED_INLINE Mask equal(Vector a, Vector b) {
    return {_mm256_cmp_ps(a.lo, b.lo, _CMP_EQ_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_EQ_OQ)};
}
SEEDBED_INLINE Mask and_not(Mask a, Mask b) { return {_mm256_andnot_ps(b.lo, a.lo), _mm256_andnot_ps(b.hi, a.hi)}; }
SEEDBED_INLINE Mask either(Mask a, Mask b) { return {_mm256_or_ps(a.lo, b.lo), _mm256_or_ps(a.hi, b.hi)}; }
SEEDBED_INLINE Mask none() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
SEEDBED_INLINE uint16_t bits_of(Mask m) {
    return static_cast<uint16_t>(_mm256_movemask_ps(m.lo) | _mm256_movemask_ps(m.hi) << 8);
}
SEEDBED_INLINE __m256 mask_half(int bits) {
    const __m256i each = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(bits), each), each));
}
SEEDBED_INLINE Mask mask_of(uint16_t bits) { return {mask_half(bits), mask_half(bits >> 8)}; }
SEEDBED_INLINE Vector select(Mask m, Vector yes, Vector no) {
    return {_mm256_blendv_ps(no.lo, yes.lo, m.lo), _mm256_blendv_ps(no.hi, yes.hi, m.hi)};
}

SEEDBED_INLINE __m256 power_of_two_half(__m256 n) {
    return _mm256_castsi256_ps(
        _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}
// 2**n for whole n from -126 to 127.
SEEDBED_INLINE Vector power_of_two(Vector n) { return {power_of_two_half(n.lo), power_of_two_half(n.hi)}; }

SEEDBED_INLINE void split_half(__m256 x, __m256& mantissa, __m256& exponent) {
    const __m256i bits = _mm256_castps_si256(x);
    exponent = _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(bits, 23), _mm256_set1_epi32(127)));
    mantissa = _mm256_castsi256_ps(_mm256_or_si256(_mm256_and_si256(bits, _mm256_set1_epi32(0x007FFFFF)),
                                                   _mm256_set1_epi32(0x3F800000)));
}
// 1/x within 5.1% for normal x: the exponent's bits change sign, and so do those of the mantissa, nearly.
constexpr int kReciprocal = 0x7EF31000;
SEEDBED_INLINE Vector guess_reciprocal(Vector x) {
    const __m256i from = _mm256_set1_epi32(kReciprocal);
    return {_mm256_castsi256_ps(_mm256_sub_epi32(from, _mm256_castps_si256(x.lo))),
            _mm256_castsi256_ps(_mm256_sub_epi32(from, _mm256_castps_si256(x.hi)))};
}
// x = mantissa · 2**exponent with the mantissa in [1, 2), for normal positive x.
SEEDBED_INLINE void split(Vector x, Vector& mantissa, Vector& exponent) {
    split_half(x.lo, mantissa.lo, exponent.lo);
    split_half(x.hi, mantissa.hi, exponent.hi);
}

// Always the same tree: lanes 8 apart, then 4, 2, 1.
SEEDBED_INLINE float sum(Vector a) {
    const __m256 eight = _mm256_add_ps(a.lo, a.hi);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// Lane i is the sum of block[i].
SEEDBED_INLINE Vector sum_each(const Vector (&block)[16]) {
    alignas(64) float sums[16];
    for (int i = 0; i < 16; ++i) sums[i] = sum(block[i]);
    return load(sums);
}

}  // namespace seedbed::SEEDBED_NAMESPACE
