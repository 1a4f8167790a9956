// Stochastic gradient descent with PyTorch's semantics, one pass over parameters, gradients and momentum.
//
// Reads: weight (first parameter), gradient, size (numbers), a = momentum, b = weight decay, c = 1 for Nesterov.
// Without momentum the optimizer's memory is not touched.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {

void sgd(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Vector step = splat(-ctx.lr), momentum = splat(op.a), decay = splat(op.b);
    for (int64_t unit = begin; unit < end; ++unit) {
        float* place = ctx.shared + op.weight + unit * kLanes;
        const Vector w = load(place);
        Vector g = fma(decay, w, load(ctx.gradients + op.gradient + unit * kLanes));
        if (op.a > 0) {
            float* kept = ctx.memory + op.gradient + unit * kLanes;
            const Vector v = fma(momentum, load(kept), g);
            store(kept, v);
            g = op.c > 0 ? fma(momentum, v, g) : v;
        }
        store(place, fma(step, g, w));
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
