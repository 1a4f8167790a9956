// What both ways of a convolution's weight gradient end with.
#pragma once
#include "conv2d_pool.h"

namespace seedbed::SEEDBED_NAMESPACE {

// result[out][row] = sums[row][out]; rows of sums are `stride` floats apart and hold whole vectors.
inline void store_transposed(const float* sums, int64_t rows, int64_t stride, int64_t outs, float* result) {
    for (int64_t out = 0; out < outs; out += kLanes)
        for (int64_t row = 0; row < rows; row += kLanes) {
            Vector block[kLanes];
            for (int64_t i = 0; i < kLanes; ++i) block[i] = row + i < rows ? load(sums + (row + i) * stride + out) : zero();
            transpose(block);
            for (int64_t i = 0; i < smaller(kLanes, outs - out); ++i)
                store_up_to(result + (out + i) * rows + row, block[i], rows - row);
        }
}

// Each window of pooled results gives its gradient to one of them: their sums are the same.
inline void bias_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end, float* result) {
    for (int64_t c = 0; c < op.out.channels; ++c) {
        Vector totals[kChains] = {};
        for (int64_t group = begin; group < end; ++group)
            for (int64_t y = 0; y < op.out.height; ++y) {
                const float* row = at(ctx, op.out, group, c, y);
                for (int64_t x = 0; x < op.out.width; x += kChains) {
                    SEEDBED_UNROLL
                    for (int chain = 0; chain < kChains; ++chain)
                        if (x + chain < op.out.width)
                            totals[chain] = totals[chain] + load(row + (x + chain) * kLanes);
                }
            }
        result[c] = sum_chains(totals);
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
