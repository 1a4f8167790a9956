// Local response normalisation: out_c = in_c · s_c^-beta, s_c = k + alpha · Σ_d in_d² over the `kernel_size` channels d from
// c - kernel_size / 2 on.
//
// Reads: in, out, kernel_size, alpha, beta, k, activation (backward: of the value in `in` that the gradient overwrites). One
// pixel at a time: all its channels are brought together in the thread scratch, with zeros before and behind.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// s^-beta; the usual beta from exact roots.
SEEDBED_INLINE Vector power(Vector s, float beta) {
    if (beta == 0.75f) {
        const Vector root = sqrt(s);
        return splat(1.0f) / (root * sqrt(root));
    }
    return exp(splat(-beta) * log(s));
}

// One number per channel, and its sums over windows.
struct Line {
    float* first;  // of kernel_size - 1 zeros in all and the channels between them
    int64_t channels, before, size;

    float* channel(int64_t c) const { return first + (before + c) * kLanes; }
    void clear_ends() const {
        for (int64_t i = 0; i < before; ++i) store(first + i * kLanes, zero());
        for (int64_t i = before; i < size - 1; ++i) store(first + (channels + i) * kLanes, zero());
    }
    SEEDBED_INLINE Vector window(int64_t c) const {
        Vector total = zero();
        for (int64_t i = 0; i < size; ++i) total = total + load(first + (c + i) * kLanes);
        return total;
    }
};

// `before` zeros, the channels, the other zeros; lines follow each other.
SEEDBED_INLINE Line line(const Op& op, const Context& ctx, int64_t number, int64_t before) {
    const int64_t length = op.in.channels + op.kernel_size - 1;
    return {ctx.thread_scratch + number * length * kLanes, op.in.channels, before, op.kernel_size};
}

SEEDBED_INLINE void square_channels(const Op& op, const float* in, const Line& squares) {
    for (int64_t c = 0; c < op.in.channels; ++c) {
        const Vector value = load(in + c * op.in.channel_stride * kLanes);
        store(squares.channel(c), value * value);
    }
}

SEEDBED_INLINE Vector divisor(const Op& op, const Line& squares, int64_t c) {
    return fma(splat(op.alpha), squares.window(c), splat(op.k));
}

// An input stands above the line of its own output and below the line of all outputs whose window holds it.
template <class A>
void backward_pixel(A act, const Op& op, const float* out, float* in, const Line& squares, const Line& shares, float* own) {
    square_channels(op, in, squares);
    for (int64_t c = 0; c < op.in.channels; ++c) {
        const Vector s = divisor(op, squares, c), value = load(in + c * op.in.channel_stride * kLanes);
        const Vector gradient = load(out + c * op.out.channel_stride * kLanes) * power(s, op.beta);
        store(own + c * kLanes, gradient);
        store(shares.channel(c), gradient * value / s);
    }
    for (int64_t c = 0; c < op.in.channels; ++c) {
        float* place = in + c * op.in.channel_stride * kLanes;
        const Vector value = load(place), factor = splat(-2.0f * op.alpha * op.beta) * value;
        store(place, act.derive(fma(factor, shares.window(c), load(own + c * kLanes)), value));
    }
}

}  // namespace

void response_norm_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Line squares = line(op, ctx, 0, op.kernel_size / 2);
    squares.clear_ends();
    for (int64_t group = begin; group < end; ++group)
        for (int64_t y = 0; y < op.in.height; ++y)
            for (int64_t x = 0; x < op.in.width; ++x) {
                square_channels(op, at(ctx, op.in, group, 0, y, x), squares);
                for (int64_t c = 0; c < op.in.channels; ++c) {
                    const Vector value = load(at(ctx, op.in, group, c, y, x));
                    store(at(ctx, op.out, group, c, y, x), value * power(divisor(op, squares, c), op.beta));
                }
            }
}

void response_norm_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Line squares = line(op, ctx, 0, op.kernel_size / 2), shares = line(op, ctx, 1, (op.kernel_size - 1) / 2);
    float* own = line(op, ctx, 2, 0).first;
    squares.clear_ends();
    shares.clear_ends();
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group)
            for (int64_t y = 0; y < op.in.height; ++y)
                for (int64_t x = 0; x < op.in.width; ++x)
                    backward_pixel(act, op, at(ctx, op.out, group, 0, y, x),
                                                       at(ctx, op.in, group, 0, y, x), squares, shares, own);
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
