// How loops over results are cut into blocks whose sums fit the registers.
#pragma once
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {

// A size known at compile time, as an argument.
template <int N>
struct Size {
    static constexpr int value = N;
};

// Vectors side by side in one block: each weight that is loaded serves as many multiply-adds.
constexpr int kWidest = kAccumulators >= 24 ? 4 : 2;

// Vectors of a panel that stays in the first-level cache while many blocks read it: 24 KB.
constexpr int64_t kPanel = 384;

// Calls f(Size, first) for pieces of [0, count) of nearly equal width, none wider than kWidest.
template <class F>
SEEDBED_INLINE void in_widths(int64_t count, F f) {
    const int64_t pieces = (count + kWidest - 1) / kWidest;
    for (int64_t piece = 0; piece < pieces; ++piece) {
        const int64_t first = piece * count / pieces, width = (piece + 1) * count / pieces - first;
        if constexpr (kWidest >= 4) {
            if (width == 4) f(Size<4>{}, first);
            if (width == 3) f(Size<3>{}, first);
        }
        if (width == 2) f(Size<2>{}, first);
        if (width == 1) f(Size<1>{}, first);
    }
}

// Calls f(Size, first) for blocks that cover [begin, end): Tallest ones, then smaller ones for the rest.
template <int Tallest, class F>
SEEDBED_INLINE void in_heights(int64_t begin, int64_t end, F f) {
    for (; begin + Tallest <= end; begin += Tallest) f(Size<Tallest>{}, begin);
    if constexpr (Tallest > 1) {
        if (begin < end) in_heights<(Tallest + 1) / 2>(begin, end, f);
    }
}

// Calls f(first, last) for pieces of [0, count) of nearly equal length, none longer than `longest`.
template <class F>
SEEDBED_INLINE void in_lengths(int64_t count, int64_t longest, F f) {
    const int64_t pieces = (count + longest - 1) / longest;
    for (int64_t piece = 0; piece < pieces; ++piece) f(piece * count / pieces, (piece + 1) * count / pieces);
}

}  // namespace seedbed::SEEDBED_NAMESPACE
