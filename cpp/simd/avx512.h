// Sixteen float32 lanes in one AVX-512 register.
#pragma once
#include <immintrin.h>

#include "x86_bytes.h"

namespace seedbed::SEEDBED_NAMESPACE {

// Accumulators that fit the register file beside the operands: 24 of 32.
constexpr int kAccumulators = 24;

struct Vector {
    __m512 v;
};
using Mask = __mmask16;

SEEDBED_INLINE Vector zero() { return {_mm512_setzero_ps()}; }
SEEDBED_INLINE Vector splat(float x) { return {_mm512_set1_ps(x)}; }
SEEDBED_INLINE Vector load(const float* p) { return {_mm512_load_ps(p)}; }
SEEDBED_INLINE void store(float* p, Vector a) { _mm512_store_ps(p, a.v); }
SEEDBED_INLINE void store_unaligned(float* p, Vector a) { _mm512_storeu_ps(p, a.v); }
SEEDBED_INLINE void store_first(float* p, Vector a, int n) {
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1u), a.v);
}
SEEDBED_INLINE Vector load_unaligned(const float* p) { return {_mm512_loadu_ps(p)}; }
SEEDBED_INLINE Vector load_first(const float* p, int n) {
    return {_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1u), p)};
}
SEEDBED_INLINE Vector from_bytes(__m128i bytes) { return {_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes))}; }
SEEDBED_INLINE Vector load_bytes(const unsigned char* p) {
    return from_bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
// columns[i] lane j = rows[j][i]
SEEDBED_INLINE void load_byte_columns(const unsigned char* const* rows, int64_t first, Vector (&columns)[16]) {
    __m128i bytes[16];
    transpose_bytes(rows, first, bytes);
    for (int i = 0; i < 16; ++i) columns[i] = from_bytes(bytes[i]);
}
// Swaps rows and columns of 16×16 numbers: pairs, then fours within 16 bytes, then the 16-byte parts.
SEEDBED_INLINE void transpose(Vector (&block)[16]) {
    __m512 two[16], four[16];
    for (int i = 0; i < 16; i += 2) {
        two[i] = _mm512_unpacklo_ps(block[i].v, block[i + 1].v);
        two[i + 1] = _mm512_unpackhi_ps(block[i].v, block[i + 1].v);
    }
    for (int i = 0; i < 16; i += 4)
        for (int j = 0; j < 2; ++j) {
            const __m512d low = _mm512_castps_pd(two[i + j]), high = _mm512_castps_pd(two[i + 2 + j]);
            four[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            four[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    for (int i = 0; i < 4; ++i) {
        const __m512 a = _mm512_shuffle_f32x4(four[i], four[i + 4], 0x88), b = _mm512_shuffle_f32x4(four[i + 8], four[i + 12], 0x88);
        const __m512 c = _mm512_shuffle_f32x4(four[i], four[i + 4], 0xDD), d = _mm512_shuffle_f32x4(four[i + 8], four[i + 12], 0xDD);
        block[i].v = _mm512_shuffle_f32x4(a, b, 0x88);
        block[i + 8].v = _mm512_shuffle_f32x4(a, b, 0xDD);
        block[i + 4].v = _mm512_shuffle_f32x4(c, d, 0x88);
        block[i + 12].v = _mm512_shuffle_f32x4(c, d, 0xDD);
    }
}

SEEDBED_INLINE Vector fma(Vector a, Vector b, Vector c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
SEEDBED_INLINE Vector operator+(Vector a, Vector b) { return {_mm512_add_ps(a.v, b.v)}; }
SEEDBED_INLINE Vector operator-(Vector a, Vector b) { return {_mm512_sub_ps(a.v, b.v)}; }
SEEDBED_INLINE Vector operator*(Vector a, Vector b) { return {_mm512_mul_ps(a.v, b.v)}; }
SEEDBED_INLINE Vector operator/(Vector a, Vector b) { return {_mm512_div_ps(a.v, b.v)}; }
SEEDBED_INLINE Vector sqrt(Vector a) { return {_mm512_sqrt_ps(a.v)}; }
// As in x86: the second operand where the comparison is false or a NaN is involved.
SEEDBED_INLINE Vector max(Vector a, Vector b) { return {_mm512_max_ps(a.v, b.v)}; }
SEEDBED_INLINE Vector min(Vector a, Vector b) { return {_mm512_min_ps(a.v, b.v)}; }
SEEDBED_INLINE Vector round(Vector a) {
    return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}

SEEDBED_INLINE Mask greater(Vector a, Vector b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ); }
SEEDBED_INLINE Mask equal(Vector a, Vector b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ); }
SEEDBED_INLINE Mask and_not(Mask a, Mask b) { return static_cast<Mask>(a & ~b); }
SEEDBED_INLINE Mask either(Mask a, Mask b) { return static_cast<Mask>(a | b); }
SEEDBED_INLINE Mask none() { return 0; }
// A mask as one bit for each lane, and back.
SEEDBED_INLINE uint16_t bits_of(Mask m) { return m; }
SEEDBED_INLINE Mask mask_of(uint16_t bits) { return bits; }
SEEDBED_INLINE Vector select(Mask m, Vector yes, Vector no) { return {_mm512_mask_blend_ps(m, no.v, yes.v)}; }

// 2**n for whole n from -126 to 127.
SEEDBED_INLINE Vector power_of_two(Vector n) {
    return {_mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n.v), _mm512_set1_epi32(127)), 23))};
}
// 1/x within 5.1% for normal x: the exponent's bits change sign, and so do those of the mantissa, nearly.
constexpr int kReciprocal = 0x7EF31000;
SEEDBED_INLINE Vector guess_reciprocal(Vector x) {
    return {_mm512_castsi512_ps(_mm512_sub_epi32(_mm512_set1_epi32(kReciprocal), _mm512_castps_si512(x.v)))};
}
// x = mantissa · 2**exponent with the mantissa in [1, 2), for normal positive x.
SEEDBED_INLINE void split(Vector x, Vector& mantissa, Vector& exponent) {
    const __m512i bits = _mm512_castps_si512(x.v);
    exponent.v = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_srli_epi32(bits, 23), _mm512_set1_epi32(127)));
    mantissa.v = _mm512_castsi512_ps(_mm512_or_epi32(_mm512_and_epi32(bits, _mm512_set1_epi32(0x007FFFFF)),
                                                     _mm512_set1_epi32(0x3F800000)));
}

// Lane i is the sum of block[i], by the tree of `sum`. The block is overwritten.
SEEDBED_INLINE Vector sum_each(Vector (&block)[16]) {
    transpose(block);
    for (int apart = 8; apart > 0; apart /= 2)
        for (int i = 0; i < apart; ++i) block[i] = block[i] + block[i + apart];
    return block[0];
}

// Always the same tree: lanes 8 apart, then 4, 2, 1.
SEEDBED_INLINE float sum(Vector a) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace seedbed::SEEDBED_NAMESPACE
