// Batch normalisation, one channel at a time over the whole batch, so that its passes stay in the cache.
//
// Reads: in, out, weight (γ), bias (β), gradient, bias_gradient, packed (running mean; the running variance `size`
// floats later), scratch (offset into the shared floats of mean and 1/std of the batch, `size` floats apart), activation
// (forward: of `out`; backward: of the value in `in`), eps, momentum, unbiased (the running variance).
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Calls f(address in `in`, address in `out`, 1 in lanes that hold an image, chain) for every vector of a channel. The chain is
// the column modulo 4: sums kept in four chains do not wait for each other.
template <class F>
SEEDBED_INLINE void each(const Op& op, const Context& ctx, int64_t channel, F f) {
    const bool whole = ctx.count == ctx.groups * kLanes;
    for (int64_t group = 0; group < ctx.groups; ++group) {
        const Vector valid = whole ? splat(1.0f) : valid_lanes(ctx, group);
        for (int64_t y = 0; y < op.in.height; ++y) {
            float* in = at(ctx, op.in, group, channel, y);
            float* out = at(ctx, op.out, group, channel, y);
            for (int64_t x = 0; x < op.in.width; x += kChains) {
                SEEDBED_UNROLL
                for (int chain = 0; chain < kChains; ++chain)
                    if (x + chain < op.in.width) f(in + (x + chain) * kLanes, out + (x + chain) * kLanes, valid, chain);
            }
        }
    }
}

SEEDBED_INLINE float count_of(const Op& op, const Context& ctx) {
    return static_cast<float>(ctx.count * op.in.height * op.in.width);
}

// 1 / sqrt(variance + eps) in scalar arithmetic that is exact on every machine.
SEEDBED_INLINE float inverse_std(const Op& op, float variance) {
    return 1.0f / __builtin_sqrtf(variance + static_cast<float>(op.eps));
}

// Mean first, then the squares of the deviations from it: one pass over both would lose digits of the variance.
template <class A>
void forward_channel(A act, const Op& op, const Context& ctx, int64_t c) {
    float* running = ctx.shared + op.packed + c;
    const float count = count_of(op, ctx);
    Vector totals[kChains] = {}, squares[kChains] = {};
    each(op, ctx, c, [&](float* in, float*, Vector valid, int chain) { totals[chain] = fma(load(in), valid, totals[chain]); });
    const float mean = sum_chains(totals) / count;
    each(op, ctx, c, [&](float* in, float*, Vector valid, int chain) {
        const Vector d = (load(in) - splat(mean)) * valid;
        squares[chain] = fma(d, d, squares[chain]);
    });
    const float square_sum = sum_chains(squares), variance = square_sum / count;
    const float inverse = inverse_std(op, variance);
    const Vector scale = splat(ctx.shared[op.weight + c] * inverse), shift = splat(ctx.shared[op.bias + c]);
    each(op, ctx, c, [&](float* in, float* out, Vector, int) {
        store(out, act.activate(fma(load(in) - splat(mean), scale, shift)));
    });
    ctx.shared[op.scratch + c] = mean;
    ctx.shared[op.scratch + op.size + c] = inverse;
    const float kept = op.unbiased && count > 1 ? square_sum / (count - 1.0f) : variance;
    running[0] = running[0] * (1.0f - op.momentum) + mean * op.momentum;
    running[op.size] = running[op.size] * (1.0f - op.momentum) + kept * op.momentum;
}

// In training mean and variance follow the batch's values, in evaluation they are constants.
template <class A>
void backward_channel(A act, const Op& op, const Context& ctx, int64_t c, bool training) {
    const float* statistics = ctx.shared + (training ? op.scratch : op.packed) + c;
    const Vector mean = splat(statistics[0]);
    const Vector inverse = splat(training ? statistics[op.size] : inverse_std(op, statistics[op.size]));
    Vector totals[kChains] = {}, products[kChains] = {};
    each(op, ctx, c, [&](float* in, float* out, Vector, int chain) {
        const Vector gradient = load(out);
        totals[chain] = totals[chain] + gradient;
        products[chain] = fma(gradient, (load(in) - mean) * inverse, products[chain]);
    });
    const float beta = sum_chains(totals), gamma = sum_chains(products), count = count_of(op, ctx);
    ctx.gradients[op.bias_gradient + c] = beta;
    ctx.gradients[op.gradient + c] = gamma;
    const Vector scale = splat(ctx.shared[op.weight + c]) * inverse;
    const Vector offset = training ? splat(beta / count) : zero(), slope = training ? splat(gamma / count) : zero();
    each(op, ctx, c, [&](float* in, float* out, Vector valid, int) {
        const Vector value = load(in), normal = (value - mean) * inverse;
        const Vector gradient = (load(out) - offset - normal * slope) * scale * valid;
        store(in, act.derive(gradient, value));
    });
}

}  // namespace

void batchnorm_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t c = begin; c < end; ++c) forward_channel(act, op, ctx, c);
    });
}

void batchnorm_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t c = begin; c < end; ++c) backward_channel(act, op, ctx, c, true);
    });
}

void batchnorm_evaluate_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t c = begin; c < end; ++c) backward_channel(act, op, ctx, c, false);
    });
}

void batchnorm_evaluate(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group)
            for (int64_t c = 0; c < op.in.channels; ++c) {
                const float* running = ctx.shared + op.packed + c;
                const Vector scale = splat(ctx.shared[op.weight + c] * inverse_std(op, running[op.size]));
                const Vector mean = splat(running[0]), shift = splat(ctx.shared[op.bias + c]);
                for (int64_t y = 0; y < op.in.height; ++y)
                    for (int64_t x = 0; x < op.in.width; ++x)
                        store(at(ctx, op.out, group, c, y, x),
                              act.activate(
                                  fma(load(at(ctx, op.in, group, c, y, x)) - mean, scale, shift)));
            }
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
