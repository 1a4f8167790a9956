// Parameters follow their gradients, with PyTorch's semantics: one pass over parameters, gradients and memory.
//
// All updates read: weight (first parameter), gradient, size (numbers), weight_decay; where they are not -1, decay
// (weight decay of each number, in place of that), average (moving averages, which keep `keep` of themselves), squares
// (sums of squared gradients, whose root is held to clip_norm). The optimizer's arrays lie `size` apart in its memory,
// from `gradient` on, in the order in which they are named here.
// sgd: momentum, nesterov; array: momentum, none if that is 0.
// adagrad: eps, lr_decay; array: sum of squares.
// adadelta: beta2 = rho, eps; arrays: mean square of gradients, of steps.
// rmsprop: beta2 = alpha, eps, momentum, centered; arrays: mean square, mean if centered, momentum if any.
// adam: beta1, beta2, eps, decoupled (weight decay beside the averages, AdamW); arrays: mean, mean square.
// squares reads: gradient, size, squares; a unit is one of kParts parts of the gradients.
//
// Numbers that fill up the last vector of a layer have gradient 0; no layer reads them.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

SEEDBED_INLINE Vector splat_double(double x) { return splat(static_cast<float>(x)); }

// The same bits on every machine, which pow() of a library need not give.
double power(double base, int64_t exponent) {
    double result = 1;
    for (; exponent > 0; exponent /= 2, base *= base)
        if (exponent % 2) result *= base;
    return result;
}

// A moving average: `keep` of itself and the rest of the value.
struct Mean {
    Vector keep, rest;
    explicit Mean(double share) : keep(splat_double(share)), rest(splat_double(1 - share)) {}
    SEEDBED_INLINE Vector follow(Vector mean, Vector value) const { return fma(keep, mean, rest * value); }
};

// What the gradients are multiplied with, so that their norm is at most op.clip_norm; not a number if the norm is none.
double clipping(const Op& op, const Context& ctx) {
    if (op.squares < 0) return 1;
    double total = 0;
    for (int part = 0; part < kParts; ++part) total += ctx.shared[op.squares + part];
    const double factor = op.clip_norm / (__builtin_sqrt(total) + 1e-6);
    return 1 < factor ? 1 : factor;
}

// Takes w a step along: step(arrays of this unit, w, g, decay) gives the new w.
template <class Step>
SEEDBED_INLINE void update(const Op& op, const Context& ctx, int64_t begin, int64_t end, Step step) {
    const Vector decay = splat(op.weight_decay);
    float* const parameters = ctx.shared + op.weight;
    float* const gradients = ctx.gradients + op.gradient;
    float* const memory = ctx.memory + op.gradient;
    if (op.decay < 0 && op.average < 0 && op.squares < 0) {
        for (int64_t i = begin * kLanes; i < end * kLanes; i += kLanes)
            store(parameters + i, step(memory + i, load(parameters + i), load(gradients + i), decay));
        return;
    }
    const Vector factor = splat_double(clipping(op, ctx)), keep = splat_double(op.keep), rest = splat_double(1 - op.keep);
    for (int64_t i = begin * kLanes; i < end * kLanes; i += kLanes) {
        const Vector own = op.decay < 0 ? decay : load(ctx.shared + op.decay + i);
        const Vector w = step(memory + i, load(parameters + i), load(gradients + i) * factor, own);
        store(parameters + i, w);
        if (op.average >= 0) {
            float* place = ctx.shared + op.average + i;
            const Vector mean = load(place);
            // From the nearer end: equal to w if nothing is kept.
            store(place, op.keep > 0.5 ? fma(rest, w - mean, mean) : fma(keep, mean - w, w));
        }
    }
}

}  // namespace

void squares(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t vectors = op.size / kLanes;
    for (int64_t part = begin; part < end; ++part) {
        const int64_t last = (part + 1) * vectors / kParts;
        Vector chains[kChains] = {zero(), zero(), zero(), zero()};
        for (int64_t i = part * vectors / kParts; i < last; i += kChains) {
            SEEDBED_UNROLL
            for (int chain = 0; chain < kChains; ++chain)
                if (i + chain < last) {
                    const Vector g = load(ctx.gradients + op.gradient + (i + chain) * kLanes);
                    chains[chain] = fma(g, g, chains[chain]);
                }
        }
        ctx.shared[op.squares + part] = sum_chains(chains);
    }
}

void sgd(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Vector rate = splat_double(-ctx.lr), momentum = splat(op.momentum);
    const bool has_momentum = op.momentum > 0, is_nesterov = op.nesterov;
    update(op, ctx, begin, end, [&](float* kept, Vector w, Vector g, Vector decay) {
        g = fma(decay, w, g);
        if (has_momentum) {
            const Vector v = fma(momentum, load(kept), g);
            store(kept, v);
            g = is_nesterov ? fma(momentum, v, g) : v;
        }
        return fma(rate, g, w);
    });
}

void adagrad(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Vector rate = splat_double(-ctx.lr / (1 + static_cast<double>(ctx.step - 1) * op.lr_decay));
    const Vector eps = splat_double(op.eps);
    update(op, ctx, begin, end, [&](float* kept, Vector w, Vector g, Vector decay) {
        g = fma(decay, w, g);
        const Vector total = fma(g, g, load(kept));
        store(kept, total);
        return fma(rate, g / (sqrt(total) + eps), w);
    });
}

void adadelta(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Vector rate = splat_double(-ctx.lr), eps = splat_double(op.eps);
    const Mean mean(op.beta2);
    update(op, ctx, begin, end, [&](float* kept, Vector w, Vector g, Vector decay) {
        g = fma(decay, w, g);
        const Vector square = mean.follow(load(kept), g * g), past = load(kept + op.size);
        const Vector delta = sqrt(past + eps) / sqrt(square + eps) * g;
        store(kept, square);
        store(kept + op.size, mean.follow(past, delta * delta));
        return fma(rate, delta, w);
    });
}

void rmsprop(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Vector rate = splat_double(-ctx.lr), eps = splat_double(op.eps), momentum = splat(op.momentum);
    const Mean mean(op.beta2);
    const bool is_centered = op.centered, has_momentum = op.momentum > 0;
    update(op, ctx, begin, end, [&](float* kept, Vector w, Vector g, Vector decay) {
        g = fma(decay, w, g);
        const Vector square = mean.follow(load(kept), g * g);
        store(kept, square);
        Vector variance = square;
        if (is_centered) {
            const Vector average = mean.follow(load(kept + op.size), g);
            store(kept + op.size, average);
            // Of a gradient that does not change, rounding may leave less than 0.
            variance = max(zero(), square - average * average);
        }
        Vector direction = g / (sqrt(variance) + eps);
        if (has_momentum) {
            float* place = kept + (is_centered ? 2 : 1) * op.size;
            direction = fma(momentum, load(place), direction);
            store(place, direction);
        }
        return fma(rate, direction, w);
    });
}

void adam(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Vector rate = splat_double(-ctx.lr / (1 - power(op.beta1, ctx.step)));
    const Vector inverse = splat_double(1 / __builtin_sqrt(1 - power(op.beta2, ctx.step)));
    const Vector eps = splat_double(op.eps), shrink = splat_double(-ctx.lr);
    const Mean first(op.beta1), second(op.beta2);
    const bool is_decoupled = op.decoupled;
    update(op, ctx, begin, end, [&](float* kept, Vector w, Vector g, Vector decay) {
        if (is_decoupled)
            w = fma(shrink * decay, w, w);
        else
            g = fma(decay, w, g);
        const Vector mean = first.follow(load(kept), g), square = second.follow(load(kept + op.size), g * g);
        store(kept, mean);
        store(kept + op.size, square);
        return fma(rate, mean / fma(sqrt(square), inverse, eps), w);
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
