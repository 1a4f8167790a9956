// Distances to fixed centres: out_k = -Σ_j (in_j - centre_kj)².
//
// Reads: in, out (flat values), weight (centres, [out][in], in the shared floats), activation (backward: of the value in
// `in` that the gradient overwrites).
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {

void rbf_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
        const float* in = at(ctx, op.in, group);
        for (int64_t k = 0; k < op.out.channels; ++k) {
            const float* centre = ctx.shared + op.weight + k * op.in.channels;
            Vector total = zero();
            for (int64_t j = 0; j < op.in.channels; ++j) {
                const Vector distance = load(in + j * kLanes) - splat(centre[j]);
                total = fma(distance, distance, total);
            }
            store(at(ctx, op.out, group, k), zero() - total);
        }
    }
}

void rbf_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group)
            for (int64_t j = 0; j < op.in.channels; ++j) {
                float* place = at(ctx, op.in, group, j);
                const Vector value = load(place);
                Vector total = zero();
                for (int64_t k = 0; k < op.out.channels; ++k) {
                    const Vector centre = splat(ctx.shared[op.weight + k * op.in.channels + j]);
                    total = fma(load(at(ctx, op.out, group, k)), value - centre, total);
                }
                store(place, act.derive(splat(-2.0f) * total, value));
            }
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
