// Gradient of a convolution by its input: the gradient of the output correlated with the weights turned by 180 degrees.
//
// Reads: in (the value to overwrite), out (gradient, with columns of zeros left and right: `kernel_size` − 1 − `padding`
// of them if these are 1 or 2, else one), scratch (weights packed as in conv2d_block.h, turned), kernel_size, stride,
// padding, activation (of the value in `in`).
#include "conv2d_block.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Window columns [kx_begin, kx_end) meet the gradient for at least one column of the block; where another column of the
// block meets nothing, it reads a zero beyond the gradient's edge.
template <int Channels, int Columns, int Window>
void block(const Op& op, const Context& ctx, int64_t group, int64_t channel, int64_t y, int64_t x, int64_t kx_begin,
           int64_t kx_end) {
    const int64_t k = op.kernel_size, border = k - 1 - op.padding;
    const int64_t ky_begin = larger(0, border - y), ky_end = smaller(k, op.out.height + border - y);
    const Correlation c{
        .value = at(ctx, op.out, group, 0, y + ky_begin - border, x + kx_begin - border),
        .weight = ctx.shared + op.scratch + packed_place(channel, op.in.channels, op.out.channels * k * k) +
                  (ky_begin * k + kx_begin) * Channels,
        .channels = op.out.channels,
        .rows = ky_end - ky_begin,
        .columns = kx_end - kx_begin,
        .value_channel = op.out.channel_stride * kLanes,
        .value_row = op.out.row_stride * kLanes,
        .value_step = kLanes,
        .weight_channel = k * k * Channels,
        .weight_row = k * Channels,
    };
    Vector sum[Channels][Columns];
    SEEDBED_UNROLL
    for (int i = 0; i < Channels; ++i)
        SEEDBED_UNROLL
        for (int j = 0; j < Columns; ++j) sum[i][j] = zero();
    correlate<Window>(sum, c);
    float* in = at(ctx, op.in, group, channel, y, x);
    const int64_t in_channel = op.in.channel_stride * kLanes;
    with_activation(op.activation, [&](auto act) {
        SEEDBED_UNROLL
        for (int i = 0; i < Channels; ++i)
            SEEDBED_UNROLL
            for (int j = 0; j < Columns; ++j) {
                float* place = in + i * in_channel + j * kLanes;
                store(place, act.derive(sum[i][j], load(place)));
            }
    });
}

// Columns near an edge, where part of the window meets nothing.
template <int Channels, int Columns>
void edge_block(const Op& op, const Context& ctx, int64_t group, int64_t channel, int64_t y, int64_t x) {
    const int64_t border = op.kernel_size - 1 - op.padding;
    const int64_t begin = larger(0, border - (x + Columns - 1)), end = smaller(op.kernel_size, op.out.width + border - x);
    switch (end - begin) {
        case 1: return block<Channels, Columns, 1>(op, ctx, group, channel, y, x, begin, end);
        case 2: return block<Channels, Columns, 2>(op, ctx, group, channel, y, x, begin, end);
        case 3: return block<Channels, Columns, 3>(op, ctx, group, channel, y, x, begin, end);
        case 4: return block<Channels, Columns, 4>(op, ctx, group, channel, y, x, begin, end);
        default: return block<Channels, Columns, 0>(op, ctx, group, channel, y, x, begin, end);
    }
}

// A narrow edge costs less as part of its neighbours' wide blocks; a wide one is cut into pairs that leave out what they
// do not meet.
template <int Window>
void group_gradient(const Op& op, const Context& ctx, int64_t group) {
    const int64_t k = op.kernel_size, width = op.in.width, border = k - 1 - op.padding;
    const int64_t edge = border > kWideBorder ? smaller(border, width) : 0, right = larger(edge, width - edge);
    in_channel_blocks(op.in.channels, [&](auto channels, int64_t channel) {
        constexpr int Channels = decltype(channels)::value;
        const auto pairs = [&](int64_t y, int64_t begin, int64_t end) {
            in_columns<2>(begin, end, [&](auto columns, int64_t x) {
                edge_block<Channels, decltype(columns)::value>(op, ctx, group, channel, y, x);
            });
        };
        for (int64_t y = 0; y < op.in.height; ++y) {
            pairs(y, 0, edge);
            in_columns<kColumns<Channels>>(edge, right, [&](auto columns, int64_t x) {
                block<Channels, decltype(columns)::value, Window>(op, ctx, group, channel, y, x, 0, k);
            });
            pairs(y, right, edge > 0 ? width : right);
        }
    });
}

// With a stride, window positions that do not hit a gradient are passed over.
template <class A>
void strided_gradient(A act, const Op& op, const Context& ctx, int64_t group) {
    const int64_t k = op.kernel_size, inputs = op.in.channels, outputs = op.out.channels;
    for (int64_t c = 0; c < inputs; ++c) {
        const float* weight = ctx.shared + op.scratch + packed_place(c, inputs, outputs * k * k);
        const int64_t step = block_of(c, inputs);
        for (int64_t y = 0; y < op.in.height; ++y)
            for (int64_t x = 0; x < op.in.width; ++x) {
                Vector sum = zero();
                for (int64_t channel = 0; channel < outputs; ++channel)
                    for (int64_t ky = 0; ky < k; ++ky) {
                        const int64_t from_y = y + op.padding - ky;
                        if (from_y < 0 || from_y % op.stride || from_y / op.stride >= op.out.height) continue;
                        for (int64_t kx = 0; kx < k; ++kx) {
                            const int64_t from_x = x + op.padding - kx;
                            if (from_x < 0 || from_x % op.stride || from_x / op.stride >= op.out.width) continue;
                            sum = fma(splat(weight[(channel * k * k + (k - 1 - ky) * k + k - 1 - kx) * step]),
                                      load(at(ctx, op.out, group, channel, from_y / op.stride, from_x / op.stride)),
                                      sum);
                        }
                    }
                float* place = at(ctx, op.in, group, c, y, x);
                store(place, act.derive(sum, load(place)));
            }
    }
}

}  // namespace

void conv2d_input_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
        if (op.stride > 1) {
            with_activation(op.activation, [&](auto act) { strided_gradient(act, op, ctx, group); });
            continue;
        }
        switch (op.kernel_size) {
            case 3: group_gradient<3>(op, ctx, group); break;
            case 5: group_gradient<5>(op, ctx, group); break;
            default: group_gradient<0>(op, ctx, group);
        }
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
