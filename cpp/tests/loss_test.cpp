// Losses and softmax as a layer against loops in float64.
#include <cmath>

#include "bench.h"

namespace seedbed::tests {
namespace {

constexpr double u = 0x1p-24;

int64_t draw_classes(int64_t i) {
    constexpr int64_t classes[] = {1, 2, 3, 10, 16, 17, 33, 100, 256};
    return classes[i % 9];
}
int64_t draw_batch(Random& random) { return random.pick<int64_t>({1, 15, 16, 17, 31, 33, 145}); }

// softmax of one image in float64. A share is off by 2 ulp (4u) of each of two exponentials, by the rounding of both
// exponents, by the sum over classes and by the quotient; exp() stops at −87, where it is 1.7e-38.
struct Softmax {
    double largest = -INFINITY, total = 0, reach = 0, share_bound = 0;
    std::vector<double> z;

    Softmax(Bench& bench, const View& v, int64_t group, int64_t lane) {
        for (int64_t k = 0; k < v.channels; ++k) z.push_back(bench.value(v, group, k, 0, 0, lane));
        for (const double x : z) largest = std::max(largest, x);
        for (const double x : z) {
            total += std::exp(x - largest);
            reach = std::max(reach, largest - x);
        }
        share_bound = 1.01 * u * (2 * std::min(reach, 88.0) + static_cast<double>(z.size()) + 10);
    }
    double share(int64_t k) const { return std::exp(z[static_cast<size_t>(k)] - largest) / total; }
    double bound(int64_t k) const { return share(k) * share_bound + 1.8e-38; }
};

// Outputs of one size in a batch: ordinary ones, or so far apart that some exponentials vanish.
void fill_outputs(Bench& bench, Random& random, const View& v, Activation activation, float factor) {
    bench.fill(random, v, activation);
    if (activation != Activation::none) return;
    for (int64_t g = 0; g < bench.context.groups; ++g)
        for (int64_t k = 0; k < v.channels; ++k)
            for (int64_t lane = 0; lane < kLanes; ++lane)
                bench.at(Bench::lanes, bench.lane(v, g, k, 0, 0, lane)) *= factor;
}

// The loss of one image and its gradient by the outputs, as the text books have them.
struct Loss {
    Number loss = 0.0;
    std::vector<Number> gradient;

    Loss(const Op& op, const Softmax& softmax, int64_t label) {
        const auto classes = static_cast<int64_t>(softmax.z.size());
        const Number factor = op.factor, smoothing = op.smoothing;
        for (int64_t k = 0; k < classes; ++k) {
            const Number z = softmax.z[static_cast<size_t>(k)], t = k == label ? 1.0 : -1.0;
            const Number target = k == label ? 1.0 : 0.0;
            const Number lacking = at_least_0(Number(1) - t * z);
            switch (op.loss) {
                case LossKind::cross_entropy: {
                    const Number evenly = smoothing / Number(static_cast<double>(classes));
                    const Number wanted = target * (Number(1) - smoothing) + evenly;
                    const Number total(softmax.total, softmax.total * softmax.share_bound);
                    if (op.smoothing > 0 || k == label) loss = loss + wanted * (log(total) - (z - softmax.largest));
                    gradient.push_back(Number(softmax.share(k), softmax.bound(k)) - wanted);
                    break;
                }
                case LossKind::squared:
                    loss = loss + (z - target) * (z - target) * factor;
                    gradient.push_back(Number(2) * factor * (z - target));
                    break;
                case LossKind::hinge:
                    loss = loss + lacking * factor;
                    // At the hinge rounding decides between the two slopes.
                    gradient.push_back(lacking.value > lacking.error ? Number(0) - t * factor
                                       : lacking.value > 0           ? Number(0, op.factor)
                                                                     : Number(0));
                    break;
                case LossKind::squared_hinge:
                    loss = loss + lacking * lacking * factor;
                    gradient.push_back(Number(-2) * t * factor * lacking);
                    break;
                case LossKind::score:
                    if (k == label) loss = z;
                    gradient.push_back(target);
                    break;
            }
        }
    }
};

TEST(loss) {
    constexpr LossKind kinds[] = {LossKind::cross_entropy, LossKind::squared, LossKind::hinge, LossKind::squared_hinge,
                                  LossKind::score};
    Random random(41);
    for (int64_t i = 0; i < share(400); ++i) {
        Op op = operation("loss");
        Layout lanes;
        op.in = lanes.flat(random, draw_classes(i / 5));
        op.loss = kinds[i % 5];
        op.activation = kActivations[random.below(5)];
        op.factor = random.pick({0.5f, 1.0f, 0.1f});
        op.smoothing = op.loss == LossKind::cross_entropy ? random.pick({0.0f, 0.1f}) : 0.0f;
        op.is_sum = random.flip();
        const bool is_weighted = random.flip();
        if (is_weighted) op.weight = random.below(20);
        const int64_t classes = op.in.channels, batch = draw_batch(random);
        const float factor = random.below(3) == 0 ? 60.0f : 1.0f;
        current_case() = text("loss ", i % 5, ", batch ", batch, ", ", classes, " classes, factor ", factor,
                              ", activation ", static_cast<int>(op.activation), ", smoothing ", op.smoothing, ", sum ", op.is_sum, ", weighted ", is_weighted);
        Bench bench(op, batch);
        fill_outputs(bench, random, op.in, op.activation, factor);
        // Some classes count nothing, sometimes all.
        const bool counts_some = random.below(4) > 0;
        for (int64_t k = 0; is_weighted && k < classes; ++k)
            bench.at(Bench::shared, op.weight + k) = counts_some ? random.pick({0.0f, 0.3f, 1.0f, 7.5f}) : 0.0f;
        // Images in a mixed order; exactly as many as there are.
        std::vector<uint8_t> labels(static_cast<size_t>(batch + 3));
        std::vector<int64_t> order(static_cast<size_t>(batch));
        for (uint8_t& label : labels) label = static_cast<uint8_t>(random.below(classes));
        for (int64_t& index : order) index = random.below(batch + 3);
        bench.context.labels = labels.data();
        bench.context.order = order.data();
        const auto weight_of = [&](int64_t index) {
            const int64_t label = labels[static_cast<size_t>(order[static_cast<size_t>(index)])];
            return is_weighted ? static_cast<double>(bench.at(Bench::shared, op.weight + label)) : 1.0;
        };
        double total = 0;
        for (int64_t image = 0; image < batch; ++image) total += weight_of(image);
        const double share_of_one = op.is_sum ? 1 : total > 0 ? 1 / total : 0;
        const double stored = op.is_sum ? 1 : share_of_one * static_cast<double>(batch);
        for (int64_t g = 0; g < bench.context.groups; ++g)
            for (int64_t lane = 0; lane < kLanes; ++lane) {
                const int64_t image = bench.image(g, lane);
                const bool holds_image = bench.holds_image(g, lane);
                const int64_t label = labels[static_cast<size_t>(order[static_cast<size_t>(image)])];
                const Softmax softmax(bench, op.in, g, lane);
                const Loss loss(op, softmax, label);
                const Number weight(weight_of(image)), share = Number::rounded(share_of_one) * weight;
                int64_t answer = 0;
                for (int64_t k = 0; k < classes; ++k) {
                    const double z = softmax.z[static_cast<size_t>(k)];
                    if (z > softmax.z[static_cast<size_t>(answer)]) answer = k;
                    const Number gradient = derived(op.activation, z, loss.gradient[static_cast<size_t>(k)] * share);
                    bench.expect(Bench::lanes, bench.lane(op.in, g, k, 0, 0, lane),
                                 holds_image ? gradient : Number(0));
                }
                if (!holds_image) continue;
                bench.expect(Bench::losses, image,
                             is_weighted ? loss.loss * (Number::rounded(stored) * weight) : loss.loss);
                bench.expect(Bench::wrong, image, answer != label, 0);
            }
        bench.check(random);
    }
}

TEST(softmax_forward) {
    Random random(42);
    for (int64_t i = 0; i < share(60); ++i) {
        Op op = operation("softmax_forward");
        Layout lanes;
        op.in = lanes.flat(random, draw_classes(i));
        op.out = lanes.flat(random, op.in.channels);
        const int64_t batch = draw_batch(random);
        current_case() = text("softmax_forward, batch ", batch, ", ", op.in.channels, " classes");
        Bench bench(op, batch);
        fill_outputs(bench, random, op.in, Activation::none, i % 3 == 0 ? 60.0f : 1.0f);
        for (int64_t g = 0; g < bench.context.groups; ++g)
            for (int64_t lane = 0; lane < kLanes; ++lane) {
                const Softmax softmax(bench, op.in, g, lane);
                for (int64_t k = 0; k < op.in.channels; ++k)
                    bench.expect(Bench::lanes, bench.lane(op.out, g, k, 0, 0, lane), softmax.share(k),
                                 softmax.bound(k));
            }
        bench.check(random);
    }
}

TEST(softmax_backward) {
    Random random(43);
    for (int64_t i = 0; i < share(60); ++i) {
        Op op = operation("softmax_backward");
        Layout lanes;
        op.in = lanes.flat(random, draw_classes(i));
        op.out = lanes.flat(random, op.in.channels);
        op.activation = kActivations[random.below(5)];
        const int64_t batch = draw_batch(random);
        current_case() = text("softmax_backward, batch ", batch, ", ", op.in.channels, " classes, activation ",
                              static_cast<int>(op.activation));
        Bench bench(op, batch);
        fill_outputs(bench, random, op.in, op.activation, 1.0f);
        bench.fill_gradient(random, op.out);
        for (int64_t g = 0; g < bench.context.groups; ++g)
            for (int64_t lane = 0; lane < kLanes; ++lane) {
                const Softmax softmax(bench, op.in, g, lane);
                double mean = 0, mean_bound = 0;
                for (int64_t k = 0; k < op.in.channels; ++k) {
                    const double gradient = bench.value(op.out, g, k, 0, 0, lane);
                    mean += softmax.share(k) * gradient;
                    mean_bound += std::fabs(gradient) * softmax.bound(k) +
                                  rounding(static_cast<double>(op.in.channels + 1),
                                           softmax.share(k) * std::fabs(gradient));
                }
                for (int64_t k = 0; k < op.in.channels; ++k) {
                    const double gradient = bench.value(op.out, g, k, 0, 0, lane), p = softmax.share(k);
                    const double a = softmax.z[static_cast<size_t>(k)], d = derivative(op.activation, a);
                    const double parts = std::fabs(gradient) + std::fabs(mean) + mean_bound;
                    const double bound = derived_bound(op.activation, a, 3, p * parts) +
                                         1.01 * (p * mean_bound + softmax.bound(k) * parts) * (d + 8 * u);
                    bench.expect(Bench::lanes, bench.lane(op.in, g, k, 0, 0, lane), p * (gradient - mean) * d, bound);
                }
            }
        bench.check(random);
    }
}

}  // namespace
}  // namespace seedbed::tests
