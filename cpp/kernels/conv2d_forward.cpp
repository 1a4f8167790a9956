// out = activation(bias + weight ⋆ in), one lane group at a time; with `pool` 2 the largest of each 2 × 2 results before the
// activation.
//
// Reads: in (with `padding` columns of zeros left and right), out, packed (see conv2d_block.h), bias, kernel_size, stride,
// padding, activation, pool, winners, over_channels (strips of conv2d_channels.h). Uses the thread scratch. Each output
// is one chain of multiply-adds over (in channel, ky, kx), so the blocking does not change its bits. Window rows beyond
// the value's edge are left out.
#include "conv2d_block.h"
#include "conv2d_channels.h"
#include "conv2d_pool.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Sums of a strip begin with the bias.
struct FromBias {
    const Op& op;
    const float* bias;

    template <int Channels, int Columns>
    SEEDBED_INLINE void begin(Vector (&sum)[Channels][Columns], int64_t channel) const {
        SEEDBED_UNROLL
        for (int i = 0; i < Channels; ++i) {
            const Vector first = op.bias < 0 ? zero() : splat(bias[channel + i]);
            SEEDBED_UNROLL
            for (int x = 0; x < Columns; ++x) sum[i][x] = first;
        }
    }
};

// … and end in `out`, the strip's place in the first channel.
struct Forward : FromBias {
    float* out;

    template <int Channels, int Columns>
    SEEDBED_INLINE void end(const Vector (&sum)[Channels][Columns], int64_t channel) const {
        const int64_t step = op.out.channel_stride * kLanes;
        with_activation(op.activation, [&](auto act) SEEDBED_INLINED {
            SEEDBED_UNROLL
            for (int i = 0; i < Channels; ++i)
                SEEDBED_UNROLL
                for (int x = 0; x < Columns; ++x)
                    store(out + (channel + i) * step + x * kLanes, act.activate(sum[i][x]));
        });
    }
};

// … or wait, the upper row of windows to pool, in `upper`, [channel][column].
struct UpperRow : FromBias {
    float* upper;

    template <int Channels, int Columns>
    SEEDBED_INLINE void end(const Vector (&sum)[Channels][Columns], int64_t channel) const {
        SEEDBED_UNROLL
        for (int i = 0; i < Channels; ++i)
            SEEDBED_UNROLL
            for (int x = 0; x < Columns; ++x) store(upper + ((channel + i) * Columns + x) * kLanes, sum[i][x]);
    }
};

// … or are pooled with the row above them: `out` and `winners` point to the first window in the first channel.
struct LowerRow : FromBias {
    const float* upper;
    float* out;
    char* winners;  // null if it is not to be written

    template <int Channels, int Columns>
    SEEDBED_INLINE void end(const Vector (&sum)[Channels][Columns], int64_t channel) const {
        const int64_t step = op.out.channel_stride * kLanes, winners_step = op.out.height * op.out.width;
        with_activation(op.activation, [&](auto act) SEEDBED_INLINED {
            SEEDBED_UNROLL
            for (int i = 0; i < Channels; ++i)
                SEEDBED_UNROLL
                for (int x = 0; x < Columns / 2; ++x) {
                    const float* above = upper + ((channel + i) * Columns + 2 * x) * kLanes;
                    const Vector results[4] = {load(above), load(above + kLanes), sum[i][2 * x], sum[i][2 * x + 1]};
                    const Vector largest = largest_of(results);
                    if (winners) store_winners(winners + ((channel + i) * winners_step + x) * 8, results, largest);
                    store(out + (channel + i) * step + x * kLanes, act.activate(largest));
                }
        });
    }
};

// What the results from column x of row y on are summed from.
Terms terms_at(const Op& op, const Context& ctx, int64_t group, int64_t y, int64_t x) {
    const int64_t k = op.kernel_size, top = op.padding - y * op.stride;
    const int64_t ky_begin = larger(0, top), ky_end = smaller(k, op.in.height + top);
    return {
        .value = at(ctx, op.in, group, 0, ky_begin - top, x * op.stride - op.padding),
        .weights = ctx.shared + op.packed,
        .terms = op.in.channels,
        .kernel_size = k,
        .first = ky_begin * k,
        .rows = ky_end - ky_begin,
        .columns = k,
        .value_channel = op.in.channel_stride * kLanes,
        .value_row = op.in.row_stride * kLanes,
        .value_step = op.stride * kLanes,
    };
}

template <int Columns, int Window, class Ends>
void strip_forward(const Op& op, const Context& ctx, int64_t group, int64_t y, int64_t x, int64_t panel, const Ends& ends) {
    run_strip<Columns, Window>(Strip{terms_at(op, ctx, group, y, x), ctx.thread_scratch, op.out.channels, panel}, ends);
}

// Convolution and pooling: a strip of two rows at a time.
template <int Window>
void group_pooled(const Op& op, const Context& ctx, int64_t group) {
    const FromBias from{op, ctx.shared + op.bias};
    const int64_t widest = widest_strip(op.out.channels);
    const int64_t panel = panel_of(op.in.channels, op.kernel_size * (widest - 1 + op.kernel_size));
    float* upper = ctx.thread_scratch + kStripColumns * op.out.channels * kLanes;
    for (int64_t y = 0; y < op.out.height; ++y)
        in_columns(0, op.out.width, widest / 2, [&](auto windows, int64_t x) {
            constexpr int Columns = 2 * decltype(windows)::value;
            if constexpr (Columns <= kStripColumns) {
                char* winners = op.winners < 0 ? nullptr : winners_at(op, ctx, group, 0, y, x);
                const LowerRow lower{from, upper, at(ctx, op.out, group, 0, y, x), winners};
                strip_forward<Columns, Window>(op, ctx, group, 2 * y, 2 * x, panel, UpperRow{from, upper});
                strip_forward<Columns, Window>(op, ctx, group, 2 * y + 1, 2 * x, panel, lower);
            }
        });
}

template <int Window>
void group_forward(const Op& op, const Context& ctx, int64_t group) {
    if (op.pool > 1) return group_pooled<Window>(op, ctx, group);
    const FromBias from{op, ctx.shared + op.bias};
    const int64_t k = op.kernel_size, widest = widest_strip(op.out.channels);
    const int64_t panel = panel_of(op.in.channels, k * ((widest - 1) * op.stride + k));
    for (int64_t y = 0; y < op.out.height; ++y)
        in_columns(0, op.out.width, widest, [&](auto columns, int64_t x) {
            const Forward ends{from, at(ctx, op.out, group, 0, y, x)};
            strip_forward<decltype(columns)::value, Window>(op, ctx, group, y, x, panel, ends);
        });
}

// Results [x, x_end) of row y, in a block of channels from `channel` on.
ChannelStrip channel_strip(const Op& op, const Context& ctx, int64_t group, int64_t y, int64_t x, int64_t x_end, int64_t channel,
                         float* sums) {
    Terms terms = terms_at(op, ctx, group, y, x);
    terms.weights += channel * op.in.channels * op.kernel_size * op.kernel_size;
    return {terms, op.bias < 0 ? nullptr : ctx.shared + op.bias + channel, sums, x_end - x, images_in(ctx, group)};
}

template <int Window>
void group_over_channels(const Op& op, const Context& ctx, int64_t group) {
    const int64_t step = op.out.channel_stride * kLanes;
    const auto strip_of = [&](int64_t y, int64_t x, int64_t x_end, int64_t channel) {
        const ChannelStrip strip = channel_strip(op, ctx, group, y, x, x_end, channel, ctx.thread_scratch);
        channel_strip<Window>(strip);
        with_activation(op.activation, [&](auto act) {
            all_to_lanes(strip, [&](int64_t result, int64_t vector, const Vector(&block)[kLanes]) {
                float* out = at(ctx, op.out, group, channel + vector, y, x + result);
                for (int64_t c = 0; c < kLanes; ++c) store(out + c * step, act.activate(block[c]));
            });
        });
    };
    for (int64_t y = 0; y < op.out.height; ++y)
        in_lengths(op.out.width, kChannelResults, [&](int64_t x, int64_t x_end) {
            for (int64_t channel = 0; channel < op.out.channels; channel += kVectorChannels) strip_of(y, x, x_end, channel);
        });
}

// Convolution and pooling: two rows of sums at a time.
template <int Window>
void group_over_channels_pooled(const Op& op, const Context& ctx, int64_t group) {
    const int64_t step = op.out.channel_stride * kLanes;
    const auto strips_of = [&](int64_t y, int64_t x, int64_t x_end, int64_t channel) {
        ChannelStrip rows[2];
        for (int64_t i = 0; i < 2; ++i) {
            float* sums = ctx.thread_scratch + i * kChannelResults * kLanes * kVectorChannels;
            rows[i] = channel_strip(op, ctx, group, 2 * y + i, 2 * x, 2 * x_end, channel, sums);
            channel_strip<Window>(rows[i]);
        }
        with_activation(op.activation, [&](auto act) {
            for (int64_t window = 0; window < x_end - x; ++window)
                for (int vector = 0; vector < kChannelVectors; ++vector) {
                    Vector block[4][kLanes];
                    for (int64_t i = 0; i < 4; ++i) to_lanes(rows[i / 2], 2 * window + i % 2, vector, block[i]);
                    const int64_t first = channel + vector * kLanes;
                    float* out = at(ctx, op.out, group, first, y, x + window);
                    for (int64_t c = 0; c < kLanes; ++c) {
                        const Vector results[4] = {block[0][c], block[1][c], block[2][c], block[3][c]};
                        const Vector largest = largest_of(results);
                        if (op.winners >= 0) store_winners(winners_at(op, ctx, group, first + c, y, x + window), results, largest);
                        store(out + c * step, act.activate(largest));
                    }
                }
        });
    };
    for (int64_t y = 0; y < op.out.height; ++y)
        in_lengths(op.out.width, kChannelResults / 2, [&](int64_t x, int64_t x_end) {
            for (int64_t channel = 0; channel < op.out.channels; channel += kVectorChannels) strips_of(y, x, x_end, channel);
        });
}

template <int Window>
void run_group(const Op& op, const Context& ctx, int64_t group) {
    if (!op.over_channels) return group_forward<Window>(op, ctx, group);
    return op.pool > 1 ? group_over_channels_pooled<Window>(op, ctx, group) : group_over_channels<Window>(op, ctx, group);
}

}  // namespace

void conv2d_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
        switch (op.kernel_size) {
            case 3: run_group<3>(op, ctx, group); break;
            case 5: run_group<5>(op, ctx, group); break;
            default: run_group<0>(op, ctx, group);
        }
    }
}

// Packs weights [out][in][k][k] in blocks of output channels at `packed` and, rotated by 180 degrees, in blocks of input
// channels at `scratch` if that is set; over_channels and back_over_channels for strips over channels there.
void conv2d_pack(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t window = static_cast<int64_t>(op.kernel_size) * op.kernel_size;
    const int64_t inputs = op.in.channels, outputs = op.out.channels;
    for (int64_t out = begin; out < end; ++out) {
        const int64_t out_step = op.over_channels ? kVectorChannels : block_of(out, outputs);
        float* forward = ctx.shared + op.packed + packed_place(out, out_step, inputs * window);
        for (int64_t in = 0; in < inputs; ++in) {
            const float* weight = ctx.shared + op.weight + (out * inputs + in) * window;
            for (int64_t k = 0; k < window; ++k) forward[(in * window + k) * out_step] = weight[k];
            if (op.scratch < 0) continue;
            const int64_t in_step = op.back_over_channels ? kVectorChannels : block_of(in, inputs);
            float* backward = ctx.shared + op.scratch + packed_place(in, in_step, outputs * window);
            for (int64_t k = 0; k < window; ++k) backward[(out * window + window - 1 - k) * in_step] = weight[k];
        }
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
