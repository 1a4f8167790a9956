// out = activation(bias + weight ⋆ in), one lane group at a time.
//
// Reads: in (with a border of `padding` zeros around it), out, packed ([in][ky][kx][out]), bias, kernel_size, stride,
// padding, activation. Each output is one chain of multiply-adds over (in channel, ky, kx), so the blocking does not
// change its bits. A block of output channels × columns stays in registers.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

template <Activation A, int Channels, int Columns>
void block(const Op& op, const float* in, const float* weight, const float* bias, float* out) {
    const int64_t in_channel = op.in.channel_stride * kLanes, in_row = op.in.row_stride * kLanes;
    const int64_t step = op.stride * kLanes, out_channel = op.out.channel_stride * kLanes;
    const int64_t weights = op.out.channels;
    Vector sum[Channels][Columns];
    SEEDBED_UNROLL
    for (int c = 0; c < Channels; ++c) {
        const Vector first = bias ? splat(bias[c]) : zero();
        SEEDBED_UNROLL
        for (int x = 0; x < Columns; ++x) sum[c][x] = first;
    }
    for (int64_t channel = 0; channel < op.in.channels; ++channel) {
        for (int ky = 0; ky < op.kernel_size; ++ky) {
            const float* row = in + channel * in_channel + ky * in_row;
            for (int kx = 0; kx < op.kernel_size; ++kx) {
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
    SEEDBED_UNROLL
    for (int c = 0; c < Channels; ++c)
        SEEDBED_UNROLL
        for (int x = 0; x < Columns; ++x) store(out + c * out_channel + x * kLanes, activate<A>(sum[c][x]));
}

// All columns of one output row for a block of channels; the last columns take smaller blocks.
template <Activation A, int Channels, int Columns>
void row(const Op& op, const float* in, const float* weight, const float* bias, float* out, int64_t columns) {
    for (; columns >= Columns; columns -= Columns) {
        block<A, Channels, Columns>(op, in, weight, bias, out);
        in += Columns * op.stride * kLanes;
        out += Columns * kLanes;
    }
    if constexpr (Columns > 1) {
        if (columns > 0) row<A, Channels, Columns / 2>(op, in, weight, bias, out, columns);
    }
}

template <Activation A, int Channels, int Columns>
void channels(const Op& op, const Context& ctx, int64_t group, int64_t& channel) {
    for (; channel + Channels <= op.out.channels; channel += Channels)
        for (int64_t y = 0; y < op.out.height; ++y)
            row<A, Channels, Columns>(op, at(ctx, op.in, group, 0, y * op.stride - op.padding, -op.padding),
                                      ctx.shared + op.packed + channel,
                                      op.bias < 0 ? nullptr : ctx.shared + op.bias + channel,
                                      at(ctx, op.out, group, channel, y), op.out.width);
}

template <Activation A>
void group_forward(const Op& op, const Context& ctx, int64_t group) {
    int64_t channel = 0;
    if constexpr (kAccumulators >= 24) {
        if (op.out.width % 5 == 0) {
            channels<A, 4, 5>(op, ctx, group, channel);
        } else if (op.out.channels % 6 == 0) {
            channels<A, 6, 4>(op, ctx, group, channel);
        } else {
            channels<A, 8, 2>(op, ctx, group, channel);
        }
        channels<A, 4, 4>(op, ctx, group, channel);
        channels<A, 1, 8>(op, ctx, group, channel);
    } else {
        channels<A, 3, 2>(op, ctx, group, channel);
        channels<A, 1, 4>(op, ctx, group, channel);
    }
}

}  // namespace

void conv2d_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto a) {
        for (int64_t group = begin; group < end; ++group) group_forward<decltype(a)::value>(op, ctx, group);
    });
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
