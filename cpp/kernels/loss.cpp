// The end of the network: softmax as a layer, and the losses.
//
// softmax reads: in, out, activation (backward: of the value in `in`).
// loss reads: in (outputs; the gradient takes their place), loss, activation (of the outputs), factor (before the sum
// over outputs; squared and hinges), smoothing (of labels; cross entropy), is_sum (the batch's loss is the sum over its
// images, not their mean), weight (of each class, that of the loss of its images; -1: all count alike, else a mean is
// divided by the sum of the weights). It writes the loss of each image, so that the plain mean or sum of them is the
// batch's, and whether its largest output is wrong.
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

// One for the label, something else for the other classes.
struct Target {
    Vector label, yes, no;
    SEEDBED_INLINE Mask is(int64_t k) const { return equal(label, splat(static_cast<float>(k))); }
    SEEDBED_INLINE Vector operator[](int64_t k) const { return select(is(k), yes, no); }
};

// The losses leave the gradient of the batch's loss in the place of the outputs and return the loss of each image.
template <class A>
SEEDBED_INLINE Vector cross_entropy(A act, const Op& op, float* z, Vector label, Vector share) {
    const int64_t classes = op.in.channels;
    const float evenly = op.smoothing / static_cast<float>(classes);
    const Target target{label, splat(1.0f - op.smoothing + evenly), splat(evenly)};
    const Normaliser n = normalise(z, classes);
    const Vector log_total = log(n.total);
    Vector loss = zero();
    for (int64_t k = 0; k < classes; ++k) {
        float* place = z + k * kLanes;
        const Vector output = load(place), shifted = output - n.largest;
        // Without smoothing an output of -inf beside the label costs nothing; 0·inf would.
        loss = op.smoothing > 0 ? fma(target[k], log_total - shifted, loss) : select(target.is(k), log_total - shifted, loss);
        store(place, act.derive((exp(shifted) / n.total - target[k]) * share, output));
    }
    return loss;
}

template <class A>
SEEDBED_INLINE Vector squared(A act, const Op& op, float* z, Vector label, Vector share) {
    const Target target{label, splat(1.0f), zero()};
    Vector loss = zero();
    for (int64_t k = 0; k < op.in.channels; ++k) {
        float* place = z + k * kLanes;
        const Vector output = load(place), distance = output - target[k];
        loss = fma(distance, distance, loss);
        store(place, act.derive(distance * splat(2.0f * op.factor) * share, output));
    }
    return loss * splat(op.factor);
}

// Sum of max(0, 1 - t·y), or of its squares, with t = 1 for the label and -1 for the others.
template <class A>
SEEDBED_INLINE Vector hinge(A act, const Op& op, float* z, Vector label, Vector share) {
    const bool is_squared = op.loss == LossKind::squared_hinge;
    const Target minus_t{label, splat(-1.0f), splat(1.0f)};
    Vector loss = zero();
    for (int64_t k = 0; k < op.in.channels; ++k) {
        float* place = z + k * kLanes;
        const Vector output = load(place), lacking = max(zero(), fma(minus_t[k], output, splat(1.0f)));
        loss = is_squared ? fma(lacking, lacking, loss) : loss + lacking;
        const Vector steepness =
            is_squared ? splat(2.0f * op.factor) * lacking : select(greater(lacking, zero()), splat(op.factor), zero());
        store(place, act.derive(minus_t[k] * steepness * share, output));
    }
    return loss * splat(op.factor);
}

// No loss: the output of the label.
template <class A>
SEEDBED_INLINE Vector score(A act, const Op& op, float* z, Vector label, Vector share) {
    const Target target{label, splat(1.0f), zero()};
    Vector found = zero();
    for (int64_t k = 0; k < op.in.channels; ++k) {
        float* place = z + k * kLanes;
        const Vector output = load(place);
        found = select(target.is(k), output, found);
        store(place, act.derive(target[k] * share, output));
    }
    return found;
}

// What the loss of each image counts in that of the batch.
struct Counting {
    const float* of_class;  // null: all alike
    float share, stored;    // factors of a weight: in the gradient, and in the loss that is written
};

// Every caller adds up the weights of the whole batch, in the same order and in float64: no trace of the threads.
Counting counting(const Op& op, const Context& ctx) {
    if (op.weight < 0) return {nullptr, op.is_sum ? 1.0f : 1.0f / static_cast<float>(ctx.count), 1.0f};
    const float* of_class = ctx.shared + op.weight;
    if (op.is_sum) return {of_class, 1.0f, 1.0f};
    double total = 0;
    for (int64_t i = 0; i < ctx.count; ++i) total += of_class[ctx.labels[ctx.order[i]]];
    // Where no image counts there is no loss.
    const double share = total > 0 ? 1 / total : 0;
    return {of_class, static_cast<float>(share), static_cast<float>(share * static_cast<double>(ctx.count))};
}

template <class A>
void group_loss(A act, const Op& op, const Context& ctx, int64_t group, const Counting& counts) {
    float* z = at(ctx, op.in, group);
    alignas(64) float labels[kLanes];
    for (int64_t lane = 0; lane < kLanes; ++lane)
        labels[lane] = ctx.labels[ctx.order[image_in(ctx, group, lane)]];
    const Vector label = load(labels);
    Vector best = load(z), answer = zero();
    for (int64_t k = 1; k < op.in.channels; ++k) {
        const Mask above = greater(load(z + k * kLanes), best);
        best = select(above, load(z + k * kLanes), best);
        answer = select(above, splat(static_cast<float>(k)), answer);
    }
    Vector share = valid_lanes(ctx, group) * splat(counts.share), weight = splat(1.0f);
    if (counts.of_class != nullptr) {
        alignas(64) float weights[kLanes];
        for (int64_t lane = 0; lane < kLanes; ++lane) weights[lane] = counts.of_class[static_cast<int64_t>(labels[lane])];
        weight = load(weights);
        share = share * weight;
    }
    Vector loss = zero();
    switch (op.loss) {
        case LossKind::cross_entropy: loss = cross_entropy(act, op, z, label, share); break;
        case LossKind::squared: loss = squared(act, op, z, label, share); break;
        case LossKind::hinge:
        case LossKind::squared_hinge: loss = hinge(act, op, z, label, share); break;
        case LossKind::score: loss = score(act, op, z, label, share); break;
    }
    const int64_t first = first_image(ctx, group), images = images_in(ctx, group);
    if (counts.of_class != nullptr) loss = loss * (weight * splat(counts.stored));
    store_up_to(ctx.sample_losses + first, loss, images);
    store_up_to(ctx.sample_wrong + first, select(equal(answer, label), zero(), splat(1.0f)), images);
}

}  // namespace

void loss(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const Counting counts = counting(op, ctx);
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group) group_loss(act, op, ctx, group, counts);
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
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group) {
            float* in = at(ctx, op.in, group);
            const float* gradient = at(ctx, op.out, group);
            const Normaliser n = normalise(in, op.in.channels);
            Vector mean = zero();
            for (int64_t k = 0; k < op.in.channels; ++k)
                mean = fma(exp(load(in + k * kLanes) - n.largest) / n.total, load(gradient + k * kLanes), mean);
            for (int64_t k = 0; k < op.in.channels; ++k) {
                const Vector value = load(in + k * kLanes), p = exp(value - n.largest) / n.total;
                store(in + k * kLanes, act.derive(p * (load(gradient + k * kLanes) - mean), value));
            }
        }
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
