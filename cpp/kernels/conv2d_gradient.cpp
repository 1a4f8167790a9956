// Gradients of a convolution by its input and by its weights.
//
// Input gradient reads: in (the value to overwrite), out (gradient; one zero column left and right), scratch (weights
// [out][ky][kx][in]), kernel_size, stride, padding, activation (of the value in `in`).
// Weight gradient reads: in (with its border), out (gradient), partial, kernel_size, stride, padding, bias_gradient
// (−1 for none); it writes [out][in][k][k] and then [out] for the bias.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// One block of input channels × columns: the sum over output channels and over the window positions that meet the
// gradient for at least one column, Positions of them if that is above 0. Where another column of the block meets nothing,
// it reads a zero column beyond the gradient's edge.
template <int Channels, int Columns, int Positions>
void input_block(const Op& op, const float* gradient, const float* weight, float* out, int64_t y, int64_t x,
                 int64_t kx_begin, int64_t positions) {
    const int64_t k = op.kernel_size, inputs = op.in.channels;
    const int64_t channel_step = op.out.channel_stride * kLanes, row_step = op.out.row_stride * kLanes;
    const int64_t out_step = op.in.channel_stride * kLanes;
    const int64_t ky_begin = larger(0, y + op.padding - (op.out.height - 1)), ky_end = smaller(k, y + op.padding + 1);
    const int count = Positions > 0 ? Positions : static_cast<int>(positions);
    Vector sum[Channels][Columns];
    SEEDBED_UNROLL
    for (int c = 0; c < Channels; ++c)
        SEEDBED_UNROLL
        for (int i = 0; i < Columns; ++i) sum[c][i] = zero();
    for (int64_t channel = 0; channel < op.out.channels; ++channel) {
        for (int64_t ky = ky_begin; ky < ky_end; ++ky) {
            const float* from = gradient + channel * channel_step + (y + op.padding - ky) * row_step +
                                (x + op.padding - kx_begin) * kLanes;
            const float* w = weight + ((channel * k + ky) * k + kx_begin) * inputs;
            SEEDBED_UNROLL_WINDOW
            for (int kx = 0; kx < count; ++kx) {
                Vector value[Columns];
                SEEDBED_UNROLL
                for (int i = 0; i < Columns; ++i) value[i] = load(from + i * kLanes);
                SEEDBED_UNROLL
                for (int c = 0; c < Channels; ++c) {
                    const Vector factor = splat(w[c]);
                    SEEDBED_UNROLL
                    for (int i = 0; i < Columns; ++i) sum[c][i] = fma(factor, value[i], sum[c][i]);
                }
                from -= kLanes;
                w += inputs;
            }
        }
    }
    with_activation(op.activation, [&](auto a) {
        SEEDBED_UNROLL
        for (int c = 0; c < Channels; ++c)
            SEEDBED_UNROLL
            for (int i = 0; i < Columns; ++i) {
                float* place = out + c * out_step + i * kLanes;
                store(place, derive<decltype(a)::value>(sum[c][i], load(place)));
            }
    });
}

// Chooses the block whose loop over window positions is unrolled.
template <int Channels, int Columns>
void input_columns(const Op& op, const float* gradient, const float* weight, float* out, int64_t y, int64_t x) {
    const int64_t kx_begin = larger(0, x + op.padding - (op.out.width - 1));
    const int64_t count = smaller(op.kernel_size, x + (Columns - 1) + op.padding + 1) - kx_begin;
    switch (count) {
        case 1: return input_block<Channels, Columns, 1>(op, gradient, weight, out, y, x, kx_begin, count);
        case 2: return input_block<Channels, Columns, 2>(op, gradient, weight, out, y, x, kx_begin, count);
        case 3: return input_block<Channels, Columns, 3>(op, gradient, weight, out, y, x, kx_begin, count);
        case 4: return input_block<Channels, Columns, 4>(op, gradient, weight, out, y, x, kx_begin, count);
        case 5: return input_block<Channels, Columns, 5>(op, gradient, weight, out, y, x, kx_begin, count);
        default: return input_block<Channels, Columns, 0>(op, gradient, weight, out, y, x, kx_begin, count);
    }
}

template <int Channels>
void input_channels(const Op& op, const Context& ctx, int64_t group, int64_t& channel) {
    // Columns whose whole window meets the gradient lie in [inner_begin, inner_end).
    const int64_t width = op.in.width, inner_begin = larger(0, op.kernel_size - 1 - op.padding);
    const int64_t inner_end = op.out.width - op.padding;
    const float* gradient = at(ctx, op.out, group);
    for (; channel + Channels <= op.in.channels; channel += Channels) {
        const float* weight = ctx.shared + op.scratch + channel;
        for (int64_t y = 0; y < op.in.height; ++y) {
            float* out = at(ctx, op.in, group, channel, y);
            for (int64_t x = 0; x < width;) {
                constexpr int wide = kAccumulators >= 24 ? 4 : 1;
                if (x >= inner_begin && x + wide <= inner_end) {
                    input_columns<Channels, wide>(op, gradient, weight, out + x * kLanes, y, x);
                    x += wide;
                } else if (x + 2 <= width) {
                    input_columns<Channels, 2>(op, gradient, weight, out + x * kLanes, y, x);
                    x += 2;
                } else {
                    input_columns<Channels, 1>(op, gradient, weight, out + x * kLanes, y, x);
                    x += 1;
                }
            }
        }
    }
}

// With a stride, window positions that do not hit a gradient are passed over.
template <Activation A>
void input_strided(const Op& op, const Context& ctx, int64_t group) {
    const int64_t k = op.kernel_size, inputs = op.in.channels;
    const float* weight = ctx.shared + op.scratch;
    for (int64_t c = 0; c < inputs; ++c)
        for (int64_t y = 0; y < op.in.height; ++y)
            for (int64_t x = 0; x < op.in.width; ++x) {
                Vector sum = zero();
                for (int64_t channel = 0; channel < op.out.channels; ++channel)
                    for (int64_t ky = 0; ky < k; ++ky) {
                        const int64_t from_y = y + op.padding - ky;
                        if (from_y < 0 || from_y % op.stride || from_y / op.stride >= op.out.height) continue;
                        for (int64_t kx = 0; kx < k; ++kx) {
                            const int64_t from_x = x + op.padding - kx;
                            if (from_x < 0 || from_x % op.stride || from_x / op.stride >= op.out.width) continue;
                            sum = fma(splat(weight[((channel * k + ky) * k + kx) * inputs + c]),
                                      load(at(ctx, op.out, group, channel, from_y / op.stride, from_x / op.stride)),
                                      sum);
                        }
                    }
                float* place = at(ctx, op.in, group, c, y, x);
                store(place, derive<A>(sum, load(place)));
            }
}

// A band of rows of one lane group that stays in the first-level cache.
struct Band {
    int64_t group, begin, end;
};

// Adds a band's part to the weight gradient of a block of output channels × window columns, for one input channel and
// window row. The sums, one vector over lanes per weight, wait in `sums` between bands.
template <int Channels, int Window>
void weight_block(const Op& op, const Context& ctx, Band band, int64_t out, int64_t in, int64_t ky, int64_t kx,
                  float* sums) {
    const int64_t step = op.stride * kLanes, channel_step = op.out.channel_stride * kLanes;
    const int64_t next = op.in.channels * op.kernel_size * op.kernel_size * kLanes;
    Vector sum[Channels][Window];
    SEEDBED_UNROLL
    for (int c = 0; c < Channels; ++c)
        SEEDBED_UNROLL
        for (int k = 0; k < Window; ++k) sum[c][k] = load(sums + c * next + k * kLanes);
    for (int64_t y = band.begin; y < band.end; ++y) {
        const float* gradient = at(ctx, op.out, band.group, out, y);
        const float* value = at(ctx, op.in, band.group, in, y * op.stride + ky - op.padding, kx - op.padding);
        for (int64_t x = 0; x < op.out.width; ++x) {
            Vector g[Channels];
            SEEDBED_UNROLL
            for (int c = 0; c < Channels; ++c) g[c] = load(gradient + c * channel_step);
            SEEDBED_UNROLL
            for (int k = 0; k < Window; ++k) {
                const Vector v = load(value + k * kLanes);
                SEEDBED_UNROLL
                for (int c = 0; c < Channels; ++c) sum[c][k] = fma(g[c], v, sum[c][k]);
            }
            gradient += kLanes;
            value += step;
        }
    }
    SEEDBED_UNROLL
    for (int c = 0; c < Channels; ++c)
        SEEDBED_UNROLL
        for (int k = 0; k < Window; ++k) store(sums + c * next + k * kLanes, sum[c][k]);
}

template <int Channels, int Window>
void weight_columns(const Op& op, const Context& ctx, Band band, int64_t out, int64_t& kx, float* sums) {
    for (; kx + Window <= op.kernel_size; kx += Window)
        for (int64_t in = 0; in < op.in.channels; ++in)
            for (int64_t ky = 0; ky < op.kernel_size; ++ky)
                weight_block<Channels, Window>(
                    op, ctx, band, out, in, ky, kx,
                    sums + ((in * op.kernel_size + ky) * op.kernel_size + kx) * kLanes);
}

template <int Channels>
void weight_channels(const Op& op, const Context& ctx, int64_t begin, int64_t end, int64_t& out, float* result) {
    constexpr int64_t cached_vectors = 384;
    const int64_t rows = larger(1, cached_vectors / (Channels * op.out.row_stride + op.in.row_stride));
    const int64_t weights = op.in.channels * op.kernel_size * op.kernel_size;
    float* sums = ctx.thread_scratch;
    for (; out + Channels <= op.out.channels; out += Channels) {
        for (int64_t i = 0; i < Channels * weights; ++i) store(sums + i * kLanes, zero());
        for (int64_t group = begin; group < end; ++group)
            for (int64_t y = 0; y < op.out.height; y += rows) {
                const Band band{group, y, smaller(y + rows, op.out.height)};
                int64_t kx = 0;
                weight_columns<Channels, 5>(op, ctx, band, out, kx, sums);
                weight_columns<Channels, 3>(op, ctx, band, out, kx, sums);
                weight_columns<Channels, 1>(op, ctx, band, out, kx, sums);
            }
        for (int64_t i = 0; i < Channels * weights; ++i) result[out * weights + i] = sum(load(sums + i * kLanes));
    }
}

}  // namespace

void conv2d_input_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
        if (op.stride > 1) {
            with_activation(op.activation, [&](auto a) { input_strided<decltype(a)::value>(op, ctx, group); });
            continue;
        }
        int64_t channel = 0;
        if constexpr (kAccumulators >= 24) input_channels<6>(op, ctx, group, channel);
        if constexpr (kAccumulators >= 24) input_channels<4>(op, ctx, group, channel);
        if constexpr (kAccumulators < 24) input_channels<3>(op, ctx, group, channel);
        input_channels<1>(op, ctx, group, channel);
    }
}

void conv2d_weight_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t weights = op.out.channels * op.in.channels * op.kernel_size * op.kernel_size;
    for (int64_t slot = begin; slot < end; ++slot) {
        const int64_t first = slot * ctx.groups / ctx.slots, last = (slot + 1) * ctx.groups / ctx.slots;
        float* result = ctx.partials + op.partial + slot * op.size;
        int64_t out = 0;
        if constexpr (kAccumulators >= 24) {
            if (op.out.channels % 3 == 0) weight_channels<3>(op, ctx, first, last, out, result);
            weight_channels<4>(op, ctx, first, last, out, result);
        }
        weight_channels<1>(op, ctx, first, last, out, result);
        if (op.bias_gradient < 0) continue;
        for (int64_t c = 0; c < op.out.channels; ++c) {
            Vector totals[kChains] = {};
            for (int64_t group = first; group < last; ++group)
                for (int64_t y = 0; y < op.out.height; ++y) {
                    const float* row = at(ctx, op.out, group, c, y);
                    for (int64_t x = 0; x < op.out.width; x += kChains) {
                        SEEDBED_UNROLL
                        for (int chain = 0; chain < kChains; ++chain)
                            if (x + chain < op.out.width)
                                totals[chain] = totals[chain] + load(row + (x + chain) * kLanes);
                    }
                }
            result[weights + c] = sum_chains(totals);
        }
    }
}

// gradients[gradient …] = partial gradients of all slots, added in their order; `size` numbers.
void sum_slots(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
        Vector total = load(ctx.partials + op.partial + unit * kLanes);
        for (int64_t slot = 1; slot < ctx.slots; ++slot)
            total = total + load(ctx.partials + op.partial + slot * op.size + unit * kLanes);
        store(ctx.gradients + op.gradient + unit * kLanes, total);
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
