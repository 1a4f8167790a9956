// Results of a convolution that are pooled at once: of each window of 2 × 2 results only the largest is kept, and which one
// it was. `out` then holds pooled results; their gradient is spread out again where it is needed, never in memory as a whole.
#pragma once
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {

// Rows and columns of results that have a gradient.
SEEDBED_INLINE int64_t result_rows(const Op& op) { return op.out.height * op.pool; }
SEEDBED_INLINE int64_t result_columns(const Op& op) { return op.out.width * op.pool; }

// Where it is written which results of the window (c, y, x) were the first largest ones: a bit for each lane, 16 bits for
// each result of the window.
SEEDBED_INLINE char* winners_at(const Op& op, const Context& ctx, int64_t group, int64_t c, int64_t y, int64_t x) {
    return reinterpret_cast<char*>(ctx.lanes + group * ctx.group_stride + op.winners * kLanes) +
           ((c * op.out.height + y) * op.out.width + x) * static_cast<int64_t>(sizeof(uint64_t));
}

// The largest of four results, a NaN if there is one.
SEEDBED_INLINE Vector largest_of(const Vector (&results)[4]) {
    Vector largest = results[0];
    SEEDBED_UNROLL
    for (int i = 1; i < 4; ++i) largest = select(equal(largest, largest), max(largest, results[i]), largest);
    return largest;
}

SEEDBED_INLINE void store_winners(char* place, const Vector (&results)[4], Vector largest) {
    uint64_t winners = 0;
    Mask taken = none();
    SEEDBED_UNROLL
    for (int i = 0; i < 4; ++i) {
        const Mask hit = equal(results[i], largest);
        winners |= uint64_t{bits_of(and_not(hit, taken))} << (16 * i);
        taken = either(taken, hit);
    }
    __builtin_memcpy(place, &winners, sizeof winners);
}

// A window's gradient where result `i` was the largest, 0 elsewhere.
SEEDBED_INLINE Vector share_of_winner(uint64_t winners, int64_t i, Vector gradient) {
    return select(mask_of(static_cast<uint16_t>(winners >> (16 * i))), gradient, zero());
}

// Gradient of one result.
SEEDBED_INLINE Vector result_gradient(const Op& op, const Context& ctx, int64_t group, int64_t c, int64_t y, int64_t x) {
    if (op.pool == 1) return load(at(ctx, op.out, group, c, y, x));
    uint64_t winners;
    __builtin_memcpy(&winners, winners_at(op, ctx, group, c, y / 2, x / 2), sizeof winners);
    return share_of_winner(winners, y % 2 * 2 + x % 2, load(at(ctx, op.out, group, c, y / 2, x / 2)));
}

// Gradients of a row of results.
SEEDBED_INLINE void spread_row(const Op& op, const Context& ctx, int64_t group, int64_t c, int64_t y, float* to) {
    const float* gradient = at(ctx, op.out, group, c, y / 2);
    const char* place = winners_at(op, ctx, group, c, y / 2, 0);
    for (int64_t x = 0; x < op.out.width; ++x) {
        uint64_t winners;
        __builtin_memcpy(&winners, place + x * static_cast<int64_t>(sizeof winners), sizeof winners);
        const Vector g = load(gradient + x * kLanes);
        store(to + 2 * x * kLanes, share_of_winner(winners, y % 2 * 2, g));
        store(to + (2 * x + 1) * kLanes, share_of_winner(winners, y % 2 * 2 + 1, g));
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
