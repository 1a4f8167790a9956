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

// For a lambda: a block's sums that are handed to a call would have to leave their registers.
#define SEEDBED_INLINED __attribute__((always_inline))

namespace seedbed::SEEDBED_NAMESPACE {

SEEDBED_INLINE constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
SEEDBED_INLINE constexpr int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// Address of element (c, y, x) of a value in a lane group.
SEEDBED_INLINE float* at(const Context& ctx, const View& view, int64_t group, int64_t c = 0, int64_t y = 0,
                         int64_t x = 0) {
    return ctx.lanes + group * ctx.group_stride +
           (view.offset + c * view.channel_stride + y * view.row_stride + x) * kLanes;
}

// A vector of which `count` numbers lie in memory, all of it if there are that many.
SEEDBED_INLINE Vector load_up_to(const float* p, int64_t count) {
    return count >= kLanes ? load_unaligned(p) : load_first(p, static_cast<int>(count));
}
SEEDBED_INLINE void store_up_to(float* p, Vector a, int64_t count) {
    if (count >= kLanes)
        store_unaligned(p, a);
    else
        store_first(p, a, static_cast<int>(count));
}

// A batch's images are spread evenly over its lane groups: threads with as many groups have as much to do.
SEEDBED_INLINE int64_t first_image(const Context& ctx, int64_t group) { return group * ctx.count / ctx.groups; }
SEEDBED_INLINE int64_t images_in(const Context& ctx, int64_t group) {
    return first_image(ctx, group + 1) - first_image(ctx, group);
}
// Lanes beyond a group's images repeat its last one; they carry no gradient.
SEEDBED_INLINE int64_t image_in(const Context& ctx, int64_t group, int64_t lane) {
    return first_image(ctx, group) + smaller(lane, images_in(ctx, group) - 1);
}
// 1 in lanes that hold an image, 0 in the others.
SEEDBED_INLINE Vector valid_lanes(const Context& ctx, int64_t group) {
    const int64_t images = images_in(ctx, group);
    alignas(64) float lanes[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = lane < images ? 1.0f : 0.0f;
    return load(lanes);
}

// Long sums run in four chains, so that an addition does not wait for the one before it.
constexpr int kChains = 4;
SEEDBED_INLINE float sum_chains(const Vector (&chains)[kChains]) {
    return sum((chains[0] + chains[2]) + (chains[1] + chains[3]));
}

// The activations that are fused into other operations: activate(z), and derive(g, a), which multiplies a gradient with the
// derivative given the activation's result. Those made of tanh share one form, so that a kernel holds its code once.
struct Identity {
    SEEDBED_INLINE Vector activate(Vector z) const { return z; }
    SEEDBED_INLINE Vector derive(Vector gradient, Vector) const { return gradient; }
};
struct Rectifier {
    SEEDBED_INLINE Vector activate(Vector z) const { return max(zero(), z); }
    SEEDBED_INLINE Vector derive(Vector gradient, Vector a) const {
        return select(greater(a, zero()), gradient, zero());
    }
};
// a = scale·tanh(slope·z) + shift; its derivative is the polynomial d0 + d1·a + d2·a².
struct Sigmoidal {
    float slope, scale, shift, d0, d1, d2;
    SEEDBED_INLINE Vector activate(Vector z) const { return fma(splat(scale), tanh(splat(slope) * z), splat(shift)); }
    SEEDBED_INLINE Vector derive(Vector gradient, Vector a) const {
        return gradient * fma(fma(splat(d2), a, splat(d1)), a, splat(d0));
    }
};

SEEDBED_INLINE Sigmoidal sigmoidal(Activation activation) {
    if (activation == Activation::sigmoid) return {0.5f, 0.5f, 0.5f, 0, 1, -1};
    if (activation == Activation::sigmoid_tanh_slope) return {0.5f, 0.5f, 0.5f, 1, 0, -1};
    if (activation == Activation::scaled_tanh)
        return {kTanhSlope, kTanhScale, 0, kTanhSlope * kTanhScale, 0, -kTanhSlope / kTanhScale};
    return {1, 1, 0, 1, 0, -1};
}

// Calls f with the activation.
template <class F>
SEEDBED_INLINE void with_activation(Activation activation, F f) {
    switch (activation) {
        case Activation::none: return f(Identity{});
        case Activation::relu: return f(Rectifier{});
        case Activation::tanh:
        case Activation::sigmoid:
        case Activation::scaled_tanh:
        case Activation::sigmoid_tanh_slope: return f(sigmoidal(activation));
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
