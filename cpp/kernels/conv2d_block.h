// The inner loops that a convolution's forward pass and input gradient share: both correlate a value with weights that
// were packed for it, [block of channels][from channel][ky][kx][channel of the block].
#pragma once
#include "blocks.h"

namespace seedbed::SEEDBED_NAMESPACE {

// Vectors of values that one panel may need: 20 KB of the first-level cache.
constexpr int64_t kStripPanel = 320;

// Channels of a block whose sums stay in registers beside those of its columns.
SEEDBED_INLINE int64_t channel_block(int64_t channels) {
    if constexpr (kAccumulators >= 24) return channels % 6 == 0 && channels % 4 != 0 ? 6 : 4;
    return 3;
}

// Block of channels that `channel` lies in: the channels left over go one by one.
SEEDBED_INLINE int64_t block_of(int64_t channel, int64_t channels) {
    const int64_t block = channel_block(channels);
    return channel < channels / block * block ? block : 1;
}

// Where the weights of a channel lie among packed ones: of from channel 0 and window position 0, `count` positions in all.
SEEDBED_INLINE int64_t packed_place(int64_t channel, int64_t block, int64_t count) {
    return block == 1 ? channel * count : channel / block * block * count + channel % block;
}

// What a strip of results, some neighbours of a row, is summed from. Steps in floats.
struct Terms {
    const float* value;    // of the first channel summed over, the first row met, the first column of strip and window
    const float* weights;  // packed
    int64_t terms;         // channels summed over
    int64_t kernel_size;
    int64_t first;          // number of the first window position met
    int64_t rows, columns;  // window rows and columns met
    int64_t value_channel, value_row, value_step;
};

// A strip of results in all channels.
//
// The channels summed over are cut into panels: the values that one panel needs stay in the first-level cache while all
// blocks of channels pass over them. Sums wait in memory between two panels, unrounded, so the cut does not change a bit.
struct Strip : Terms {
    float* waiting;    // [channel of the result][column]
    int64_t channels;  // of the result
    int64_t panel;     // channels summed over at a time
};

// Channels of a panel, each of which needs `vectors` of values.
SEEDBED_INLINE int64_t panel_of(int64_t terms, int64_t vectors) {
    const int64_t fit = larger(1, kStripPanel / vectors), panels = (terms + fit - 1) / fit;
    return (terms + panels - 1) / panels;
}

// Adds `count` terms from `term` on to the sums of a block of channels. Window > 0 tells the window columns met at compile
// time: no short loop is left whose end the processor would guess wrong.
template <int Window, int Channels, int Columns>
SEEDBED_INLINE void correlate(Vector (&sum)[Channels][Columns], const Strip& s, int64_t channel, int64_t term, int64_t count) {
    const int columns = Window > 0 ? Window : static_cast<int>(s.columns);
    const int64_t window = s.kernel_size * s.kernel_size;
    const float* values = s.value + term * s.value_channel;
    const float* block = s.weights + channel * s.terms * window + (term * window + s.first) * Channels;
    for (; count > 0; --count, values += s.value_channel, block += window * Channels) {
        const float* row = values;
        const float* weights = block;
        for (int64_t ky = 0; ky < s.rows; ++ky, row += s.value_row, weights += s.kernel_size * Channels) {
            const float* value = row;
            const float* weight = weights;
            SEEDBED_UNROLL_WINDOW
            for (int kx = 0; kx < columns; ++kx) {
                Vector v[Columns];
                SEEDBED_UNROLL
                for (int x = 0; x < Columns; ++x) v[x] = load(value + x * s.value_step);
                SEEDBED_UNROLL
                for (int i = 0; i < Channels; ++i) {
                    const Vector w = splat(weight[i]);
                    SEEDBED_UNROLL
                    for (int x = 0; x < Columns; ++x) sum[i][x] = fma(w, v[x], sum[i][x]);
                }
                value += kLanes;
                weight += Channels;
            }
        }
    }
}

// One block of channels of a strip over one panel. `ends` begins the sums and takes them when they are complete. A function of
// its own: inlined into one another, several blocks would get too few registers each.
template <int Channels, int Columns, int Window, class Ends>
[[gnu::noinline]] void strip_block(const Strip& s, const Ends& ends, int64_t channel, int64_t term, int64_t count) {
    Vector sum[Channels][Columns];
    float* waiting = s.waiting + channel * Columns * kLanes;
    if (term == 0) {
        ends.begin(sum, channel);
    } else {
        SEEDBED_UNROLL
        for (int i = 0; i < Channels; ++i)
            SEEDBED_UNROLL
            for (int x = 0; x < Columns; ++x) sum[i][x] = load(waiting + (i * Columns + x) * kLanes);
    }
    correlate<Window>(sum, s, channel, term, count);
    if (term + count == s.terms) {
        ends.end(sum, channel);
    } else {
        SEEDBED_UNROLL
        for (int i = 0; i < Channels; ++i)
            SEEDBED_UNROLL
            for (int x = 0; x < Columns; ++x) store(waiting + (i * Columns + x) * kLanes, sum[i][x]);
    }
}

// Calls f(Size<channels>, first channel) for all blocks of channels.
template <class F>
SEEDBED_INLINE void in_channel_blocks(int64_t channels, F f) {
    int64_t channel = 0;
    if constexpr (kAccumulators >= 24) {
        if (channel_block(channels) == 6)
            for (; channel + 6 <= channels; channel += 6) f(Size<6>{}, channel);
        else
            for (; channel + 4 <= channels; channel += 4) f(Size<4>{}, channel);
    } else {
        for (; channel + 3 <= channels; channel += 3) f(Size<3>{}, channel);
    }
    for (; channel < channels; ++channel) f(Size<1>{}, channel);
}

template <int Columns, int Window, class Ends>
void run_strip(const Strip& s, const Ends& ends) {
    for (int64_t term = 0; term < s.terms; term += s.panel) {
        const int64_t count = smaller(s.panel, s.terms - term);
        in_channel_blocks(s.channels, [&](auto size, int64_t channel) {
            constexpr int Channels = decltype(size)::value;
            if constexpr (Channels * Columns <= kAccumulators)
                strip_block<Channels, Columns, Window>(s, ends, channel, term, count);
        });
    }
}

// The widest strip whose sums fit the registers.
SEEDBED_INLINE int64_t widest_strip(int64_t channels) {
    return smaller(kStripColumns, kAccumulators / channel_block(channels));
}

// Calls f(Size<columns>, first) for pieces of [begin, end) of nearly equal width, none wider than `widest`.
template <class F>
SEEDBED_INLINE void in_columns(int64_t begin, int64_t end, int64_t widest, F f) {
    const int64_t count = end - begin, pieces = (count + widest - 1) / widest;
    if (pieces == 0) return;
    const int64_t narrow = count / pieces, wide = count - narrow * pieces;
    for (int64_t piece = 0; piece < pieces; ++piece) {
        const int64_t width = narrow + (piece < wide);
        if constexpr (kAccumulators >= 24) {
            if (width == 6) f(Size<6>{}, begin);
            if (width == 5) f(Size<5>{}, begin);
            if (width == 4) f(Size<4>{}, begin);
            if (width == 3) f(Size<3>{}, begin);
        }
        if (width == 2) f(Size<2>{}, begin);
        if (width == 1) f(Size<1>{}, begin);
        begin += width;
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
