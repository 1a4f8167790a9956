// Sixteen rows of sixteen bytes, transposed; the same code for AVX2 and AVX-512.
#pragma once
#include <emmintrin.h>

#include <cstdint>

#define SEEDBED_INLINE inline __attribute__((always_inline))

namespace seedbed::SEEDBED_NAMESPACE {

// columns[i] byte j = rows[j][first + i]: four rounds, each interleaving the rows of one half with those of the other.
SEEDBED_INLINE void transpose_bytes(const unsigned char* const* rows, int64_t first, __m128i (&columns)[16]) {
    __m128i from[16];
    for (int i = 0; i < 16; ++i) from[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[i] + first));
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 8; ++i) {
            columns[2 * i] = _mm_unpacklo_epi8(from[i], from[i + 8]);
            columns[2 * i + 1] = _mm_unpackhi_epi8(from[i], from[i + 8]);
        }
        for (int i = 0; i < 16; ++i) from[i] = columns[i];
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
