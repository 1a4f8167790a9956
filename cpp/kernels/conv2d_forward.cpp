// out = activation(bias + weight ⋆ in), one lane group at a time.
//
// Reads: in (with `padding` columns of zeros left and right), out, packed (see conv2d_block.h), bias, kernel_size, stride,
// padding, activation. Each output is one chain of multiply-adds over (in channel, ky, kx), so the blocking does not
// change its bits. Window rows beyond the value's edge are left out.
#include "conv2d_block.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

template <int Channels, int Columns, int Window>
void block(const Op& op, const Context& ctx, int64_t group, int64_t channel, int64_t y, int64_t x, int64_t ky_begin,
           int64_t ky_end) {
    const int64_t k = op.kernel_size;
    const Correlation c{
        .value = at(ctx, op.in, group, 0, y * op.stride + ky_begin - op.padding, x * op.stride - op.padding),
        .weight = ctx.shared + op.packed + packed_place(channel, op.out.channels, op.in.channels * k * k) +
                  ky_begin * k * Channels,
        .channels = op.in.channels,
        .rows = ky_end - ky_begin,
        .columns = k,
        .value_channel = op.in.channel_stride * kLanes,
        .value_row = op.in.row_stride * kLanes,
        .value_step = op.stride * kLanes,
        .weight_channel = k * k * Channels,
        .weight_row = k * Channels,
    };
    Vector sum[Channels][Columns];
    SEEDBED_UNROLL
    for (int i = 0; i < Channels; ++i) {
        const Vector first = op.bias < 0 ? zero() : splat(ctx.shared[op.bias + channel + i]);
        SEEDBED_UNROLL
        for (int j = 0; j < Columns; ++j) sum[i][j] = first;
    }
    correlate<Window>(sum, c);
    float* out = at(ctx, op.out, group, channel, y, x);
    const int64_t out_channel = op.out.channel_stride * kLanes;
    with_activation(op.activation, [&](auto act) {
        SEEDBED_UNROLL
        for (int i = 0; i < Channels; ++i)
            SEEDBED_UNROLL
            for (int j = 0; j < Columns; ++j)
                store(out + i * out_channel + j * kLanes, act.activate(sum[i][j]));
    });
}

template <int Window>
void group_forward(const Op& op, const Context& ctx, int64_t group) {
    in_channel_blocks(op.out.channels, [&](auto channels, int64_t channel) {
        constexpr int Channels = decltype(channels)::value;
        for (int64_t y = 0; y < op.out.height; ++y) {
            const int64_t top = op.padding - y * op.stride;
            const int64_t ky_begin = larger(0, top), ky_end = smaller(op.kernel_size, op.in.height + top);
            in_columns<kColumns<Channels>>(0, op.out.width, [&](auto columns, int64_t x) {
                block<Channels, decltype(columns)::value, Window>(op, ctx, group, channel, y, x, ky_begin, ky_end);
            });
        }
    });
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

// Packs weights [out][in][k][k] in blocks of output channels at `packed` and, turned by 180 degrees, in blocks of input
// channels at `scratch` if that is set.
void conv2d_pack(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t window = static_cast<int64_t>(op.kernel_size) * op.kernel_size;
    const int64_t inputs = op.in.channels, outputs = op.out.channels;
    for (int64_t out = begin; out < end; ++out) {
        const int64_t out_step = block_of(out, outputs);
        float* forward = ctx.shared + op.packed + packed_place(out, outputs, inputs * window);
        for (int64_t in = 0; in < inputs; ++in) {
            const float* weight = ctx.shared + op.weight + (out * inputs + in) * window;
            for (int64_t k = 0; k < window; ++k) forward[(in * window + k) * out_step] = weight[k];
            if (op.scratch < 0) continue;
            const int64_t in_step = block_of(in, inputs);
            float* backward = ctx.shared + op.scratch + packed_place(in, inputs, outputs * window);
            for (int64_t k = 0; k < window; ++k) backward[(out * window + window - 1 - k) * in_step] = weight[k];
        }
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
