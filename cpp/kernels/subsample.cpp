// Subsampling: out = activation(weight_c · Σ window + bias_c), windows side by side.
//
// Reads: in, out, kernel_size, weight and bias (one number per channel), activation (forward: of `out`; input gradient:
// of the value in `in` that the gradient overwrites). The weight gradient writes partial sums of each slot for sum_slots:
// `partial`, `size`; weights, then biases.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

SEEDBED_INLINE Vector window_sum(const Op& op, const float* corner) {
    Vector total = zero();
    for (int64_t y = 0; y < op.kernel_size; ++y)
        for (int64_t x = 0; x < op.kernel_size; ++x)
            total = total + load(corner + (y * op.in.row_stride + x) * kLanes);
    return total;
}

template <class A>
void forward_group(A act, const Op& op, const Context& ctx, int64_t group) {
    for (int64_t c = 0; c < op.out.channels; ++c) {
        const Vector weight = splat(ctx.shared[op.weight + c]), bias = splat(ctx.shared[op.bias + c]);
        for (int64_t y = 0; y < op.out.height; ++y) {
            const float* in = at(ctx, op.in, group, c, y * op.kernel_size);
            float* out = at(ctx, op.out, group, c, y);
            for (int64_t x = 0; x < op.out.width; ++x) {
                const Vector sum = window_sum(op, in + x * op.kernel_size * kLanes);
                store(out + x * kLanes, act.activate(fma(sum, weight, bias)));
            }
        }
    }
}

template <class A>
void backward_group(A act, const Op& op, const Context& ctx, int64_t group) {
    // Rows and columns beyond the last whole window get no gradient.
    const int64_t height = op.out.height * op.kernel_size, width = op.out.width * op.kernel_size;
    for (int64_t c = 0; c < op.in.channels; ++c) {
        const Vector weight = splat(ctx.shared[op.weight + c]);
        for (int64_t y = 0; y < op.in.height; ++y) {
            float* in = at(ctx, op.in, group, c, y);
            if (y < height) {
                const float* out = at(ctx, op.out, group, c, y / op.kernel_size);
                for (int64_t x = 0; x < op.out.width; ++x) {
                    const Vector gradient = weight * load(out + x * kLanes);
                    for (int64_t i = 0; i < op.kernel_size; ++i, in += kLanes) store(in, act.derive(gradient, load(in)));
                }
            }
            for (int64_t x = y < height ? width : 0; x < op.in.width; ++x, in += kLanes) store(in, zero());
        }
    }
}

void weight_gradient(const Op& op, const Context& ctx, int64_t first, int64_t last, int64_t c, float* result) {
    Vector products[kChains] = {}, totals[kChains] = {};
    for (int64_t group = first; group < last; ++group)
        for (int64_t y = 0; y < op.out.height; ++y) {
            const float* in = at(ctx, op.in, group, c, y * op.kernel_size);
            const float* out = at(ctx, op.out, group, c, y);
            for (int64_t x = 0; x < op.out.width; ++x) {
                const Vector gradient = load(out + x * kLanes), sum = window_sum(op, in + x * op.kernel_size * kLanes);
                products[x % kChains] = fma(gradient, sum, products[x % kChains]);
                totals[x % kChains] = totals[x % kChains] + gradient;
            }
        }
    result[c] = sum_chains(products);
    result[op.in.channels + c] = sum_chains(totals);
}

}  // namespace

void subsample_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group) forward_group(act, op, ctx, group);
    });
}

void subsample_input_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group) backward_group(act, op, ctx, group);
    });
}

void subsample_weight_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t slot = begin; slot < end; ++slot) {
        const int64_t first = slot * ctx.groups / ctx.slots, last = (slot + 1) * ctx.groups / ctx.slots;
        for (int64_t c = 0; c < op.in.channels; ++c)
            weight_gradient(op, ctx, first, last, c, ctx.partials + op.partial + slot * op.size);
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
