// The end of the network: softmax as a layer, and the losses.
//
// softmax reads: in, out, activation (backward: of the value in `in`).
// loss reads: in (outputs; the gradient takes their place), loss, activation (of the outputs), a = factor before the sum
// of squares. It writes the loss of each image and whether its largest output is wrong.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

struct Normaliser {
    Vector largest, total;
};

SEEDBED_INLINE Normaliser normalise(const float* z, int64_t classes) {
    Normaliser n{load(z), zero()};
    for (int64_t k = 1; k < classes; ++k) n.largest = max(n.largest, load(z + k * kLanes));
    for (int64_t k = 0; k < classes; ++k) n.total = n.total + exp(load(z + k * kLanes) - n.largest);
    return n;
}

template <Activation A>
void group_loss(const Op& op, const Context& ctx, int64_t group) {
    float* z = at(ctx, op.in, group);
    const int64_t classes = op.in.channels;
    alignas(64) float labels[kLanes];
    for (int64_t lane = 0; lane < kLanes; ++lane)
        labels[lane] = ctx.labels[ctx.order[smaller(group * kLanes + lane, ctx.count - 1)]];
    const Vector label = load(labels), valid = valid_lanes(ctx, group);
    const Vector share = valid * splat(1.0f / static_cast<float>(ctx.count));
    Vector best = load(z), answer = zero();
    for (int64_t k = 1; k < classes; ++k) {
        const Mask above = greater(load(z + k * kLanes), best);
        best = select(above, load(z + k * kLanes), best);
        answer = select(above, splat(static_cast<float>(k)), answer);
    }
    Vector loss = zero();
    if (op.loss == LossKind::cross_entropy) {
        const Normaliser n = normalise(z, classes);
        const Vector log_total = log(n.total);
        for (int64_t k = 0; k < classes; ++k) {
            float* place = z + k * kLanes;
            const Vector output = load(place), shifted = output - n.largest;
            const Mask target = equal(label, splat(static_cast<float>(k)));
            loss = select(target, log_total - shifted, loss);
            const Vector gradient = exp(shifted) / n.total - select(target, splat(1.0f), zero());
            store(place, derive<A>(gradient * share, output));
        }
    } else {
        for (int64_t k = 0; k < classes; ++k) {
            float* place = z + k * kLanes;
            const Vector output = load(place);
            const Mask target = equal(label, splat(static_cast<float>(k)));
            const Vector distance = output - select(target, splat(1.0f), zero());
            loss = fma(distance, distance, loss);
            store(place, derive<A>(distance * splat(2.0f * op.a) * share, output));
        }
        loss = loss * splat(op.a);
    }
    store(ctx.sample_losses + group * kLanes, loss);
    store(ctx.sample_wrong + group * kLanes, select(equal(answer, label), zero(), splat(1.0f)));
}

}  // namespace

void loss(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto a) {
        for (int64_t group = begin; group < end; ++group) group_loss<decltype(a)::value>(op, ctx, group);
    });
}

void softmax_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
        const float* in = at(ctx, op.in, group);
        float* out = at(ctx, op.out, group);
        const Normaliser n = normalise(in, op.in.channels);
        for (int64_t k = 0; k < op.in.channels; ++k)
            store(out + k * kLanes, exp(load(in + k * kLanes) - n.largest) / n.total);
    }
}

void softmax_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto a) {
        for (int64_t group = begin; group < end; ++group) {
            float* in = at(ctx, op.in, group);
            const float* gradient = at(ctx, op.out, group);
            const Normaliser n = normalise(in, op.in.channels);
            Vector mean = zero();
            for (int64_t k = 0; k < op.in.channels; ++k)
                mean = fma(exp(load(in + k * kLanes) - n.largest) / n.total, load(gradient + k * kLanes), mean);
            for (int64_t k = 0; k < op.in.channels; ++k) {
                const Vector value = load(in + k * kLanes), p = exp(value - n.largest) / n.total;
                store(in + k * kLanes, derive<decltype(a)::value>(p * (load(gradient + k * kLanes) - mean), value));
            }
        }
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
