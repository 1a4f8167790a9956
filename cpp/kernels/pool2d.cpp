// Pooling over square windows; the last ones of a row or column may reach beyond the value and take what is there.
//
// Reads: in, out, kernel_size, stride, pooling, activation (forward: of `out`; backward: of the value in `in` that the
// gradient overwrites).
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// The part of a window that lies within the value.
struct Window {
    int64_t rows, columns;
    float share;  // 1 / number of its pixels
};

SEEDBED_INLINE float share_of(int64_t pixels) { return 1.0f / static_cast<float>(pixels); }

// `whole` is the share of a window that is not cut off: most windows need no division. Size > 0: no window is cut off, and
// its rows and columns are known at compile time.
template <int Size>
SEEDBED_INLINE Window window_at(const Op& op, int64_t y, int64_t x, float whole) {
    if constexpr (Size > 0) return {Size, Size, whole};
    const int64_t k = op.kernel_size;
    const int64_t rows = smaller(k, op.in.height - y * op.stride), columns = smaller(k, op.in.width - x * op.stride);
    return {rows, columns, rows * columns == k * k ? whole : share_of(rows * columns)};
}

template <Pooling P>
SEEDBED_INLINE Vector window_value(const Op& op, const Window& window, const float* corner) {
    const int64_t row = op.in.row_stride * kLanes;
    if constexpr (P == Pooling::maximum) {
        Vector result = load(corner);
        for (int64_t y = 0; y < window.rows; ++y)
            for (int64_t x = 0; x < window.columns; ++x) {
                // max() gives its second operand where one is NaN; a NaN found earlier must stay: it shows divergence.
                const Vector value = load(corner + y * row + x * kLanes);
                result = select(equal(result, result), max(result, value), result);
            }
        return result;
    }
    Vector result = zero();
    for (int64_t y = 0; y < window.rows; ++y)
        for (int64_t x = 0; x < window.columns; ++x) result = result + load(corner + y * row + x * kLanes);
    return result * splat(window.share);
}

template <Pooling P, int Size, class A>
void forward_group(A act, const Op& op, const Context& ctx, int64_t group) {
    const float whole = share_of(int64_t{op.kernel_size} * op.kernel_size);
    for (int64_t c = 0; c < op.out.channels; ++c)
        for (int64_t y = 0; y < op.out.height; ++y) {
            const float* in = at(ctx, op.in, group, c, y * op.stride);
            float* out = at(ctx, op.out, group, c, y);
            for (int64_t x = 0; x < op.out.width; ++x)
                store(out + x * kLanes,
                      act.activate(window_value<P>(op, window_at<Size>(op, y, x, whole), in + x * op.stride * kLanes)));
        }
}

// Windows that do not overlap: every value of `in` is read once and replaced by its gradient.
template <Pooling P, class A>
SEEDBED_INLINE void backward_window(A act, const Op& op, const Window& window, float* corner, Vector gradient) {
    const int64_t row = op.in.row_stride * kLanes;
    if constexpr (P == Pooling::average) {
        const Vector share = gradient * splat(window.share);
        for (int64_t y = 0; y < window.rows; ++y)
            for (int64_t x = 0; x < window.columns; ++x) {
                float* place = corner + y * row + x * kLanes;
                store(place, act.derive(share, load(place)));
            }
    } else {
        const Vector largest = window_value<P>(op, window, corner);
        Mask taken = none();
        for (int64_t y = 0; y < window.rows; ++y)
            for (int64_t x = 0; x < window.columns; ++x) {
                float* place = corner + y * row + x * kLanes;
                const Vector value = load(place);
                const Mask hit = equal(value, largest);
                store(place, act.derive(select(and_not(hit, taken), gradient, zero()), value));
                taken = either(taken, hit);
            }
    }
}

template <Pooling P, int Size, class A>
void backward_group(A act, const Op& op, const Context& ctx, int64_t group) {
    // Rows and columns beyond the last window get no gradient.
    const int64_t height = op.out.height * op.stride, width = op.out.width * op.stride;
    const float whole = share_of(int64_t{op.kernel_size} * op.kernel_size);
    for (int64_t c = 0; c < op.in.channels; ++c) {
        for (int64_t y = 0; y < op.out.height; ++y) {
            float* in = at(ctx, op.in, group, c, y * op.stride);
            const float* out = at(ctx, op.out, group, c, y);
            for (int64_t x = 0; x < op.out.width; ++x)
                backward_window<P>(act, op, window_at<Size>(op, y, x, whole), in + x * op.stride * kLanes,
                                   load(out + x * kLanes));
        }
        for (int64_t y = 0; y < op.in.height; ++y)
            for (int64_t x = y < height ? width : 0; x < op.in.width; ++x) store(at(ctx, op.in, group, c, y, x), zero());
    }
}

// Windows that overlap or leave gaps: gradients are gathered beside the values (`scratch`, one plane per lane group).
template <Pooling P, class A>
void backward_overlapping(A act, const Op& op, const Context& ctx, int64_t group) {
    const int64_t plane = op.in.height * op.in.width;
    const float whole = share_of(int64_t{op.kernel_size} * op.kernel_size);
    float* sums = ctx.scratch + op.scratch + group * plane * kLanes;
    for (int64_t c = 0; c < op.in.channels; ++c) {
        for (int64_t i = 0; i < plane; ++i) store(sums + i * kLanes, zero());
        for (int64_t y = 0; y < op.out.height; ++y)
            for (int64_t x = 0; x < op.out.width; ++x) {
                const float* corner = at(ctx, op.in, group, c, y * op.stride, x * op.stride);
                const Vector gradient = load(at(ctx, op.out, group, c, y, x));
                const Window window = window_at<0>(op, y, x, whole);
                const Vector share = gradient * splat(window.share);
                const Vector largest = window_value<P>(op, window, corner);
                Mask taken = none();
                for (int64_t ky = 0; ky < window.rows; ++ky)
                    for (int64_t kx = 0; kx < window.columns; ++kx) {
                        float* place = sums + ((y * op.stride + ky) * op.in.width + x * op.stride + kx) * kLanes;
                        Vector part = share;
                        if constexpr (P == Pooling::maximum) {
                            const Mask hit = equal(load(corner + (ky * op.in.row_stride + kx) * kLanes), largest);
                            part = select(and_not(hit, taken), gradient, zero());
                            taken = either(taken, hit);
                        }
                        store(place, load(place) + part);
                    }
            }
        for (int64_t y = 0; y < op.in.height; ++y)
            for (int64_t x = 0; x < op.in.width; ++x) {
                float* place = at(ctx, op.in, group, c, y, x);
                store(place, act.derive(load(sums + (y * op.in.width + x) * kLanes), load(place)));
            }
    }
}

// Whether windows are 2 × 2 side by side and all of them whole, as in most networks.
bool is_plain(const Op& op) {
    return op.kernel_size == 2 && op.stride == 2 && op.out.height * 2 <= op.in.height && op.out.width * 2 <= op.in.width;
}

template <Pooling P>
void forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group)
            is_plain(op) ? forward_group<P, 2>(act, op, ctx, group) : forward_group<P, 0>(act, op, ctx, group);
    });
}

template <Pooling P>
void backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group) {
            if (is_plain(op))
                backward_group<P, 2>(act, op, ctx, group);
            else if (op.stride == op.kernel_size)
                backward_group<P, 0>(act, op, ctx, group);
            else
                backward_overlapping<P>(act, op, ctx, group);
        }
    });
}

}  // namespace

void pool2d_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    op.pooling == Pooling::average ? forward<Pooling::average>(op, ctx, begin, end)
                                   : forward<Pooling::maximum>(op, ctx, begin, end);
}

void pool2d_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    op.pooling == Pooling::average ? backward<Pooling::average>(op, ctx, begin, end)
                                   : backward<Pooling::maximum>(op, ctx, begin, end);
}

}  // namespace seedbed::SEEDBED_NAMESPACE
