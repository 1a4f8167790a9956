// The inner loops that a convolution's forward pass and input gradient share: both correlate a value with weights that
// were packed for it, [block of channels][from channel][ky][kx][channel of the block].
#pragma once
#include "blocks.h"

namespace seedbed::SEEDBED_NAMESPACE {

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
SEEDBED_INLINE int64_t packed_place(int64_t channel, int64_t channels, int64_t count) {
    const int64_t block = block_of(channel, channels);
    return block == 1 ? channel * count : channel / block * block * count + channel % block;
}

// One block's sum over channels and the window rows and columns that are met; steps in floats.
struct Correlation {
    const float* value;   // of the first channel, the first row met, the first column of the block and of the window
    const float* weight;  // of the first channel, the first row and column met
    int64_t channels, rows, columns;
    int64_t value_channel, value_row, value_step;
    int64_t weight_channel, weight_row;
};

// Window > 0 tells `columns` at compile time: no short loop is left whose end the processor would guess wrong.
template <int Window, int Channels, int Columns>
SEEDBED_INLINE void correlate(Vector (&sum)[Channels][Columns], const Correlation& c) {
    const int columns = Window > 0 ? Window : static_cast<int>(c.columns);
    for (int64_t channel = 0; channel < c.channels; ++channel) {
        const float* row = c.value + channel * c.value_channel;
        const float* weights = c.weight + channel * c.weight_channel;
        for (int64_t ky = 0; ky < c.rows; ++ky, row += c.value_row, weights += c.weight_row) {
            const float* value = row;
            const float* weight = weights;
            SEEDBED_UNROLL_WINDOW
            for (int kx = 0; kx < columns; ++kx) {
                Vector v[Columns];
                SEEDBED_UNROLL
                for (int x = 0; x < Columns; ++x) v[x] = load(value + x * c.value_step);
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

// Calls f(Size<channels>, first channel) for all blocks of channels.
template <class F>
SEEDBED_INLINE void in_channel_blocks(int64_t channels, F f) {
    for (int64_t channel = 0; channel < channels;) {
        const int64_t block = block_of(channel, channels);
        if constexpr (kAccumulators >= 24) {
            if (block == 6) f(Size<6>{}, channel);
            if (block == 4) f(Size<4>{}, channel);
        } else {
            if (block == 3) f(Size<3>{}, channel);
        }
        if (block == 1) f(Size<1>{}, channel);
        channel += block;
    }
}

// Calls f(Size<columns>, first) for pieces of [begin, end) of nearly equal width, none wider than `Widest`.
template <int Widest, class F>
SEEDBED_INLINE void in_columns(int64_t begin, int64_t end, F f) {
    const int64_t count = end - begin, pieces = (count + Widest - 1) / Widest;
    for (int64_t piece = 0; piece < pieces; ++piece) {
        const int64_t first = piece * count / pieces, width = (piece + 1) * count / pieces - first;
        if constexpr (Widest >= 6) {
            if (width == 6) f(Size<6>{}, begin + first);
            if (width == 5) f(Size<5>{}, begin + first);
        }
        if constexpr (Widest >= 4) {
            if (width == 4) f(Size<4>{}, begin + first);
            if (width == 3) f(Size<3>{}, begin + first);
        }
        if (width == 2) f(Size<2>{}, begin + first);
        if (width == 1) f(Size<1>{}, begin + first);
    }
}

// The most columns that a block of channels leaves registers for.
template <int Channels>
constexpr int kColumns = kAccumulators / Channels >= 6 ? 6 : kAccumulators / Channels;

}  // namespace seedbed::SEEDBED_NAMESPACE
