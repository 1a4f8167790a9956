// What every kernel needs: addresses of values and the activations that are fused into other operations.
#pragma once
#include "../program.h"
#include "../simd/math.h"

// Before a loop over a block: the block's sums stay in registers only if the loop is unrolled whole.
#if defined(__clang__)
#define SEEDBED_UNROLL _Pragma("clang loop unroll(full)")
#define SEEDBED_UNROLL_WINDOW _Pragma("clang loop unroll(enable)")
#else
#define SEEDBED_UNROLL _Pragma("GCC unroll 32")
#define SEEDBED_UNROLL_WINDOW _Pragma("GCC unroll 5")
#endif

namespace seedbed::SEEDBED_NAMESPACE {

SEEDBED_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
SEEDBED_INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// Address of element (c, y, x) of a value in a lane group.
SEEDBED_INLINE float* at(const Context& ctx, const View& view, int64_t group, int64_t c = 0, int64_t y = 0,
                         int64_t x = 0) {
    return ctx.lanes + group * ctx.group_stride +
           (view.offset + c * view.channel_stride + y * view.row_stride + x) * kLanes;
}

// 1 in lanes that hold an image, 0 in those that fill up the last group.
SEEDBED_INLINE Vector valid_lanes(const Context& ctx, int64_t group) {
    alignas(64) float lanes[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = group * kLanes + lane < ctx.count ? 1.0f : 0.0f;
    return load(lanes);
}

// Long sums run in four chains, so that an addition does not wait for the one before it.
constexpr int kChains = 4;
SEEDBED_INLINE float sum_chains(const Vector (&chains)[kChains]) {
    return sum((chains[0] + chains[2]) + (chains[1] + chains[3]));
}

template <Activation A>
SEEDBED_INLINE Vector activate(Vector z) {
    if constexpr (A == Activation::relu) return max(zero(), z);
    if constexpr (A == Activation::tanh) return tanh(z);
    if constexpr (A == Activation::sigmoid) return sigmoid(z);
    return z;
}

// Multiplies a gradient with the derivative of the activation, given the activation's result.
template <Activation A>
SEEDBED_INLINE Vector derive(Vector gradient, Vector a) {
    if constexpr (A == Activation::relu) return select(greater(a, zero()), gradient, zero());
    if constexpr (A == Activation::tanh) return gradient * fma(zero() - a, a, splat(1.0f));
    if constexpr (A == Activation::sigmoid) return gradient * (a * (splat(1.0f) - a));
    return gradient;
}

// Calls f with the activation as a compile-time constant.
template <Activation A>
struct Constant {
    static constexpr Activation value = A;
};
template <class F>
SEEDBED_INLINE void with_activation(Activation activation, F f) {
    switch (activation) {
        case Activation::none: return f(Constant<Activation::none>{});
        case Activation::relu: return f(Constant<Activation::relu>{});
        case Activation::tanh: return f(Constant<Activation::tanh>{});
        case Activation::sigmoid: return f(Constant<Activation::sigmoid>{});
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
