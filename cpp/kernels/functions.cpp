// Functions of single values that are fused into no other operation. The result has a place of its own, so that the
// derivative can be taken from the input.
//
// Reads: in, out, function, slope (of leaky_relu below 0), activation (backward: of the value in `in` that the
// gradient overwrites).
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Φ(x), the distribution function of the normal distribution.
SEEDBED_INLINE Vector normal_below(Vector x) { return fma(splat(0.5f), erf(x * splat(0.707106781f)), splat(0.5f)); }

template <Function F>
SEEDBED_INLINE Vector value_of(Vector x, Vector a) {
    if constexpr (F == Function::leaky_relu) return select(greater(x, zero()), x, a * x);
    if constexpr (F == Function::silu) return x * sigmoid(x);
    if constexpr (F == Function::gelu) return x * normal_below(x);
}

template <Function F>
SEEDBED_INLINE Vector derivative_of(Vector x, Vector a) {
    if constexpr (F == Function::leaky_relu) return select(greater(x, zero()), splat(1.0f), a);
    if constexpr (F == Function::silu) {
        const Vector s = sigmoid(x);
        return s * fma(x, splat(1.0f) - s, splat(1.0f));
    }
    if constexpr (F == Function::gelu) {
        // Beyond 13 the density is as good as 0, and exp is clamped.
        const Vector near = min(splat(13.0f), max(splat(-13.0f), x));
        const Vector density = splat(0.398942280f) * exp(splat(-0.5f) * near * near);
        return fma(near, density, normal_below(x));
    }
}

template <Function F>
void forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Vector a = splat(op.slope);
    for (int64_t group = begin; group < end; ++group)
        for (int64_t c = 0; c < op.in.channels; ++c)
            for (int64_t y = 0; y < op.in.height; ++y)
                for (int64_t x = 0; x < op.in.width; ++x)
                    store(at(ctx, op.out, group, c, y, x), value_of<F>(load(at(ctx, op.in, group, c, y, x)), a));
}

template <Function F>
void backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Vector slope = splat(op.slope);
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group)
            for (int64_t c = 0; c < op.in.channels; ++c)
                for (int64_t y = 0; y < op.in.height; ++y)
                    for (int64_t x = 0; x < op.in.width; ++x) {
                        float* place = at(ctx, op.in, group, c, y, x);
                        const Vector value = load(place), gradient = load(at(ctx, op.out, group, c, y, x));
                        store(place, act.derive(gradient * derivative_of<F>(value, slope), value));
                    }
    });
}

}  // namespace

void function_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    switch (op.function) {
        case Function::leaky_relu: return forward<Function::leaky_relu>(op, ctx, begin, end);
        case Function::silu: return forward<Function::silu>(op, ctx, begin, end);
        case Function::gelu: return forward<Function::gelu>(op, ctx, begin, end);
    }
}

void function_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    switch (op.function) {
        case Function::leaky_relu: return backward<Function::leaky_relu>(op, ctx, begin, end);
        case Function::silu: return backward<Function::silu>(op, ctx, begin, end);
        case Function::gelu: return backward<Function::gelu>(op, ctx, begin, end);
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
