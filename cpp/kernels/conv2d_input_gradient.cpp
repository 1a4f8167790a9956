// Gradient of a convolution by its input: the gradient of the output correlated with the weights rotated by 180 degrees.
//
// Reads: in (the value to overwrite), out (gradient, with columns of zeros left and right: `kernel_size` − 1 − `padding`
// of them if these are 1 or 2, else one), scratch (weights packed as in conv2d_block.h, rotated), kernel_size, stride,
// padding, activation (of the value in `in`), pool and winners (with a stride of 1; `out` then needs no columns of zeros),
// over_channels (strips of conv2d_channels.h; with a stride of 1). Uses the thread scratch.
#include "conv2d_block.h"
#include "conv2d_channels.h"
#include "conv2d_pool.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Sums of a strip begin with zero and end in the value at `in`, the strip's place in the first channel.
struct InputGradient {
    const Op& op;
    float* in;

    template <int Channels, int Columns>
    SEEDBED_INLINE void begin(Vector (&sum)[Channels][Columns], int64_t) const {
        SEEDBED_UNROLL
        for (int i = 0; i < Channels; ++i)
            SEEDBED_UNROLL
            for (int x = 0; x < Columns; ++x) sum[i][x] = zero();
    }
    template <int Channels, int Columns>
    SEEDBED_INLINE void end(const Vector (&sum)[Channels][Columns], int64_t channel) const {
        const int64_t step = op.in.channel_stride * kLanes;
        with_activation(op.activation, [&](auto act) SEEDBED_INLINED {
            SEEDBED_UNROLL
            for (int i = 0; i < Channels; ++i)
                SEEDBED_UNROLL
                for (int x = 0; x < Columns; ++x) {
                    float* place = in + (channel + i) * step + x * kLanes;
                    store(place, act.derive(sum[i][x], load(place)));
                }
        });
    }
};

// The gradients of a convolution's results in one lane group; steps in floats.
struct Results {
    const float* first;  // channel 0, row 0, column 0
    int64_t height, width;
    int64_t channel_step, row_step;
};

// What the gradients from column x of row y on are summed from. Window columns [kx_begin, kx_end) meet the gradient for at
// least one of them; where another one meets nothing, it reads a zero beyond the gradient's edge.
Terms terms_at(const Op& op, const Context& ctx, const Results& results, int64_t y, int64_t x, int64_t kx_begin,
               int64_t kx_end) {
    const int64_t k = op.kernel_size, border = k - 1 - op.padding;
    const int64_t ky_begin = larger(0, border - y), ky_end = smaller(k, results.height + border - y);
    return {
        .value = results.first + (y + ky_begin - border) * results.row_step + (x + kx_begin - border) * kLanes,
        .weights = ctx.shared + op.scratch,
        .terms = op.out.channels,
        .kernel_size = k,
        .first = ky_begin * k + kx_begin,
        .rows = ky_end - ky_begin,
        .columns = kx_end - kx_begin,
        .value_channel = results.channel_step,
        .value_row = results.row_step,
        .value_step = kLanes,
    };
}

template <int Columns, int Window>
void strip_gradient(const Op& op, const Context& ctx, int64_t group, const Results& results, int64_t y, int64_t x,
                    int64_t kx_begin, int64_t kx_end, int64_t panel) {
    const Terms terms = terms_at(op, ctx, results, y, x, kx_begin, kx_end);
    run_strip<Columns, Window>(Strip{terms, ctx.thread_scratch, op.in.channels, panel},
                               InputGradient{op, at(ctx, op.in, group, 0, y, x)});
}

// Columns near an edge, where part of the window meets nothing.
template <int Columns>
void edge_gradient(const Op& op, const Context& ctx, int64_t group, const Results& results, int64_t y, int64_t x,
                   int64_t panel) {
    const int64_t border = op.kernel_size - 1 - op.padding;
    const int64_t begin = larger(0, border - (x + Columns - 1)), end = smaller(op.kernel_size, results.width + border - x);
    switch (end - begin) {
        case 1: return strip_gradient<Columns, 1>(op, ctx, group, results, y, x, begin, end, panel);
        case 2: return strip_gradient<Columns, 2>(op, ctx, group, results, y, x, begin, end, panel);
        case 3: return strip_gradient<Columns, 3>(op, ctx, group, results, y, x, begin, end, panel);
        case 4: return strip_gradient<Columns, 4>(op, ctx, group, results, y, x, begin, end, panel);
        default: return strip_gradient<Columns, 0>(op, ctx, group, results, y, x, begin, end, panel);
    }
}

Results stored_results(const Op& op, const Context& ctx, int64_t group) {
    return {at(ctx, op.out, group), op.out.height, op.out.width, op.out.channel_stride * kLanes, op.out.row_stride * kLanes};
}

// Floats of the thread scratch where sums wait.
int64_t waiting_floats(const Op& op) {
    return op.over_channels ? kChannelResults * kLanes * kVectorChannels : kStripColumns * op.in.channels * kLanes;
}

// Gradients of pooled results spread out into the thread scratch, behind the sums that wait. Results beyond the last window
// have none.
Results spread_results(const Op& op, const Context& ctx, int64_t group) {
    const int64_t beyond = op.kernel_size - 1 - op.padding, border = beyond <= kWideBorder ? beyond : 1;
    const int64_t height = op.in.height - op.kernel_size + 1 + 2 * op.padding;
    const int64_t width = op.in.width - op.kernel_size + 1 + 2 * op.padding;
    const int64_t row_step = (width + 2 * border) * kLanes, end = border + result_columns(op);
    float* row = ctx.thread_scratch + waiting_floats(op);
    const Results results{row + border * kLanes, height, width, height * row_step, row_step};
    for (int64_t c = 0; c < op.out.channels; ++c)
        for (int64_t y = 0; y < height; ++y, row += row_step) {
            const bool is_met = y < result_rows(op);
            if (is_met) spread_row(op, ctx, group, c, y, row + border * kLanes);
            for (int64_t x = 0; x < (is_met ? border : end); ++x) store(row + x * kLanes, zero());
            for (int64_t x = end; x < width + 2 * border; ++x) store(row + x * kLanes, zero());
        }
    return results;
}

// A narrow edge costs less as part of its neighbours' wide strips; a wide one is cut into pairs that leave out what they
// do not meet.
template <int Window>
void group_gradient(const Op& op, const Context& ctx, int64_t group) {
    const Results results = op.pool > 1 ? spread_results(op, ctx, group) : stored_results(op, ctx, group);
    const int64_t k = op.kernel_size, width = op.in.width, border = k - 1 - op.padding;
    const int64_t edge = border > kWideBorder ? smaller(border, width) : 0, right = larger(edge, width - edge);
    const int64_t widest = widest_strip(op.in.channels), panel = panel_of(op.out.channels, k * (widest - 1 + k));
    for (int64_t y = 0; y < op.in.height; ++y) {
        const auto pairs = [&](int64_t begin, int64_t end) {
            for (; begin + 2 <= end; begin += 2) edge_gradient<2>(op, ctx, group, results, y, begin, panel);
            if (begin < end) edge_gradient<1>(op, ctx, group, results, y, begin, panel);
        };
        pairs(0, edge);
        in_columns(edge, right, widest, [&](auto columns, int64_t x) {
            strip_gradient<decltype(columns)::value, Window>(op, ctx, group, results, y, x, 0, k, panel);
        });
        pairs(right, edge > 0 ? width : right);
    }
}

template <int Window>
void channel_gradient(const Op& op, const Context& ctx, int64_t group, const Results& results, int64_t y, int64_t x,
                     int64_t x_end, int64_t kx_begin, int64_t kx_end) {
    const int64_t step = op.in.channel_stride * kLanes;
    const Terms terms = terms_at(op, ctx, results, y, x, kx_begin, kx_end);
    ChannelStrip strip{terms, nullptr, ctx.thread_scratch, x_end - x, images_in(ctx, group)};
    const Mask holds_image = greater(valid_lanes(ctx, group), zero());
    for (int64_t channel = 0; channel < op.in.channels; channel += kVectorChannels) {
        channel_strip<Window>(strip);
        with_activation(op.activation, [&](auto act) {
            all_to_lanes(strip, [&](int64_t result, int64_t vector, const Vector(&block)[kLanes]) {
                float* in = at(ctx, op.in, group, channel + vector, y, x + result);
                for (int64_t c = 0; c < kLanes; ++c)
                    store(in + c * step, act.derive(select(holds_image, block[c], zero()), load(in + c * step)));
            });
        });
        strip.weights += kVectorChannels * op.out.channels * op.kernel_size * op.kernel_size;
    }
}

template <int Window>
void group_over_channels(const Op& op, const Context& ctx, int64_t group) {
    const Results results = op.pool > 1 ? spread_results(op, ctx, group) : stored_results(op, ctx, group);
    const int64_t k = op.kernel_size, width = op.in.width, border = k - 1 - op.padding;
    const int64_t edge = border > kWideBorder ? smaller(border, width) : 0, right = larger(edge, width - edge);
    for (int64_t y = 0; y < op.in.height; ++y) {
        const auto one_by_one = [&](int64_t begin, int64_t end) {
            for (int64_t x = begin; x < end; ++x) {
                const int64_t kx_begin = larger(0, border - x), kx_end = smaller(k, results.width + border - x);
                channel_gradient<0>(op, ctx, group, results, y, x, x + 1, kx_begin, kx_end);
            }
        };
        one_by_one(0, edge);
        in_lengths(right - edge, kChannelResults, [&](int64_t x, int64_t x_end) {
            channel_gradient<Window>(op, ctx, group, results, y, edge + x, edge + x_end, 0, k);
        });
        one_by_one(right, edge > 0 ? width : right);
    }
}

template <int Window>
void run_group(const Op& op, const Context& ctx, int64_t group) {
    return op.over_channels ? group_over_channels<Window>(op, ctx, group) : group_gradient<Window>(op, ctx, group);
}

// With a stride, window positions that do not hit a gradient are passed over.
template <class A>
void strided_gradient(A act, const Op& op, const Context& ctx, int64_t group) {
    const int64_t k = op.kernel_size, inputs = op.in.channels, outputs = op.out.channels;
    for (int64_t c = 0; c < inputs; ++c) {
        const int64_t step = block_of(c, inputs);
        const float* weight = ctx.shared + op.scratch + packed_place(c, step, outputs * k * k);
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
            case 3: run_group<3>(op, ctx, group); break;
            case 5: run_group<5>(op, ctx, group); break;
            default: run_group<0>(op, ctx, group);
        }
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
