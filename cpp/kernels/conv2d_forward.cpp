// out = activation(bias + weight ⋆ in), one lane group at a time.
//
// Reads: in (with a border of `padding` zeros around it), out, packed ([in][ky][kx][out]), bias, kernel_size, stride,
// padding, activation. Each output is one chain of multiply-adds over (in channel, ky, kx), so the blocking does not
// change its bits. A block of output channels × columns stays in registers.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Sums for a block of output channels × columns. With a window known at compile time its columns are unrolled: no short
// loop is left whose end the processor would guess wrong.
template <int Channels, int Columns, int Window>
void block(const Op& op, const float* in, const float* weight, const float* bias, float* out) {
    const int64_t in_channel = op.in.channel_stride * kLanes, in_row = op.in.row_stride * kLanes;
    const int64_t step = op.stride * kLanes, out_channel = op.out.channel_stride * kLanes;
    const int64_t weights = op.out.channels;
    const int window = Window > 0 ? Window : op.kernel_size;
    Vector sum[Channels][Columns];
    SEEDBED_UNROLL
    for (int c = 0; c < Channels; ++c) {
        const Vector first = bias ? splat(bias[c]) : zero();
        SEEDBED_UNROLL
        for (int x = 0; x < Columns; ++x) sum[c][x] = first;
    }
    for (int64_t channel = 0; channel < op.in.channels; ++channel) {
        for (int ky = 0; ky < window; ++ky) {
            const float* row = in + channel * in_channel + ky * in_row;
            SEEDBED_UNROLL_WINDOW
            for (int kx = 0; kx < window; ++kx) {
                Vector value[Columns];
                SEEDBED_UNROLL
                for (int x = 0; x < Columns; ++x) value[x] = load(row + x * step);
                SEEDBED_UNROLL
                for (int c = 0; c < Channels; ++c) {
                    const Vector w = splat(weight[c]);
                    SEEDBED_UNROLL
                    for (int x = 0; x < Columns; ++x) sum[c][x] = fma(w, value[x], sum[c][x]);
                }
                weight += weights;
                row += kLanes;
            }
        }
    }
    with_activation(op.activation, [&](auto a) {
        SEEDBED_UNROLL
        for (int c = 0; c < Channels; ++c)
            SEEDBED_UNROLL
            for (int x = 0; x < Columns; ++x)
                store(out + c * out_channel + x * kLanes, activate<decltype(a)::value>(sum[c][x]));
    });
}

// All columns of one output row for a block of channels; the last columns take smaller blocks.
template <int Channels, int Columns, int Window>
void row(const Op& op, const float* in, const float* weight, const float* bias, float* out, int64_t columns) {
    for (; columns >= Columns; columns -= Columns) {
        block<Channels, Columns, Window>(op, in, weight, bias, out);
        in += Columns * op.stride * kLanes;
        out += Columns * kLanes;
    }
    if constexpr (Columns > 1) {
        if (columns > 0) row<Channels, Columns / 2, Window>(op, in, weight, bias, out, columns);
    }
}

template <int Channels, int Columns, int Window>
void channels(const Op& op, const Context& ctx, int64_t group, int64_t& channel) {
    for (; channel + Channels <= op.out.channels; channel += Channels)
        for (int64_t y = 0; y < op.out.height; ++y)
            row<Channels, Columns, Window>(op, at(ctx, op.in, group, 0, y * op.stride - op.padding, -op.padding),
                                           ctx.shared + op.packed + channel,
                                           op.bias < 0 ? nullptr : ctx.shared + op.bias + channel,
                                           at(ctx, op.out, group, channel, y), op.out.width);
}

template <int Window>
void group_forward(const Op& op, const Context& ctx, int64_t group) {
    int64_t channel = 0;
    if constexpr (kAccumulators >= 24) {
        if (op.out.width % 5 == 0) {
            channels<4, 5, Window>(op, ctx, group, channel);
        } else if (op.out.channels % 6 == 0) {
            channels<6, 4, Window>(op, ctx, group, channel);
        } else {
            channels<8, 2, Window>(op, ctx, group, channel);
        }
        channels<4, 4, Window>(op, ctx, group, channel);
        channels<1, 8, Window>(op, ctx, group, channel);
    } else {
        channels<3, 2, Window>(op, ctx, group, channel);
        channels<1, 4, Window>(op, ctx, group, channel);
    }
}

}  // namespace

void conv2d_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
        switch (op.kernel_size) {
            case 3: group_forward<3>(op, ctx, group); break;
            case 5: group_forward<5>(op, ctx, group); break;
            default: group_forward<0>(op, ctx, group);
        }
    }
}

// Copies weights [out][in][k][k] to [in][k][k][out] at `packed`, and to [out][k][k][in] at `scratch` if that is set.
void conv2d_pack(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t window = static_cast<int64_t>(op.kernel_size) * op.kernel_size, inputs = op.in.channels;
    const float* weight = ctx.shared + op.weight;
    for (int64_t out = begin; out < end; ++out)
        for (int64_t in = 0; in < inputs; ++in)
            for (int64_t k = 0; k < window; ++k) {
                const float w = weight[(out * inputs + in) * window + k];
                ctx.shared[op.packed + (in * window + k) * op.out.channels + out] = w;
                if (op.scratch >= 0) ctx.shared[op.scratch + (out * window + k) * inputs + in] = w;
            }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
