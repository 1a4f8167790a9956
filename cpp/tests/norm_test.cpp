// Batch normalisation of odd shapes against loops in float64. Bounds follow the formulas stage by stage.
#include <cmath>

#include "bench.h"

namespace seedbed::tests {
namespace {

constexpr double u = 0x1p-24;

struct Norm {
    Op op;
    int64_t batch;
    int64_t groups() const { return (batch + kLanes - 1) / kLanes; }
    double images() const { return static_cast<double>(batch * op.in.height * op.in.width); }
    // Roundings along a sum over a channel: a chain over its vectors, then a tree over lanes and a few chains.
    double terms() const { return static_cast<double>(groups() * op.in.height * op.in.width + 8); }
};

Norm draw(const char* kernel, Random& random, int64_t i) {
    for (;;) {
        constexpr int64_t channels[] = {1, 2, 3, 5, 6, 7, 8, 16, 17, 33};
        Norm n{operation(kernel), random.pick<int64_t>({1, 15, 16, 17, 31, 33, 65})};
        const int64_t c = channels[i % 10];
        const int64_t height = random.between(1, 9), width = 1 + i * 7 % 15;
        if (c * height * width * n.groups() > 4000) continue;
        Op& op = n.op;
        Layout lanes;
        op.in = lanes.image(random, c, height, width);
        op.out = lanes.image(random, c, height, width);
        op.activation = kActivations[random.below(5)];
        op.size = c + random.below(5);
        op.weight = random.below(20);
        op.bias = op.weight + c + random.below(5);
        op.packed = op.bias + c + random.below(5);
        op.scratch = op.packed + op.size + c + random.below(5);
        op.eps = 1e-5f, op.momentum = 0.1f, op.unbiased = i % 2;
        current_case() = text(kernel, ", batch ", n.batch, ", ", c, "x", height, "x", width, ", activation ",
                              static_cast<int>(op.activation));
        return n;
    }
}

template <class F>
void each_of_channel(const Norm& n, F f) {
    for (int64_t g = 0; g < n.groups(); ++g)
        for (int64_t y = 0; y < n.op.in.height; ++y)
            for (int64_t x = 0; x < n.op.in.width; ++x)
                for (int64_t lane = 0; lane < kLanes; ++lane) f(g, y, x, lane);
}

// activation(d · scale + shift), with d off by `d_bound` and the scale by a share `scale_bound` of it.
void expect_normalised(Bench& bench, int64_t index, Activation activation, double d, double d_bound, double scale,
                       double scale_bound, double shift) {
    const double z = d * scale + shift, reach = std::fabs(d) + d_bound;
    const double bound = 1.01 * (d_bound * std::fabs(scale) + reach * std::fabs(scale) * (scale_bound + u)) +
                         rounding(1, std::fabs(z) + reach * std::fabs(scale) * scale_bound + d_bound);
    bench.expect(Bench::lanes, index, activated(activation, z), activated_bound(activation, z, bound));
}

TEST(batchnorm_forward) {
    Random random(31);
    for (int64_t i = 0; i < share(120); ++i) {
        const Norm n = draw("batchnorm_forward", random, i);
        const Op& op = n.op;
        Bench bench(op, n.batch);
        bench.fill(random, op.in);
        for (int64_t c = 0; c < op.in.channels; ++c) {
            bench.fill(random, Bench::shared, op.weight + c, 1);
            bench.fill(random, Bench::shared, op.bias + c, 1);
            bench.fill(random, Bench::shared, op.packed + c, 1);
            bench.at(Bench::shared, op.packed + op.size + c) = 1.5f + random.uniform();
            const auto value = [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                return bench.value(op.in, g, c, y, x, lane);
            };
            double sum = 0, magnitude = 0, squares = 0;
            each_of_channel(n, [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                if (!bench.holds_image(g, lane)) return;
                sum += value(g, y, x, lane);
                magnitude += std::fabs(value(g, y, x, lane));
            });
            const double count = n.images(), mean = sum / count;
            each_of_channel(n, [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                if (bench.holds_image(g, lane)) squares += std::pow(value(g, y, x, lane) - mean, 2);
            });
            const double mean_bound = rounding(n.terms() + 1, magnitude / count);
            // Deviations from a mean that is off by δ: squares sum to Σ(x−m)² + Nδ²; each is rounded, and squared.
            const double shifted = count * mean_bound * mean_bound;
            const double square_bound = 1.01 * (shifted + (n.terms() + 4) * u * (squares + shifted));
            const double variance = squares / count, variance_bound = square_bound / count + u * variance;
            const double eps = op.eps, inverse = 1 / std::sqrt(variance + eps);
            // Half of the relative error below the root, and the roundings of sum, root and quotient.
            const double inverse_share = 1.01 * (0.5 * variance_bound / (variance + eps) + 2.5 * u) +
                                         std::pow(variance_bound / (variance + eps), 2);
            bench.expect(Bench::shared, op.scratch + c, mean, mean_bound);
            bench.expect(Bench::shared, op.scratch + op.size + c, inverse, inverse * inverse_share);

            const double keep = 1 - static_cast<double>(op.momentum), momentum = op.momentum;
            const double old_mean = bench.at(Bench::shared, op.packed + c);
            const double old_variance = bench.at(Bench::shared, op.packed + op.size + c);
            const bool unbiased = op.unbiased && count > 1;
            const double kept = unbiased ? squares / (count - 1) : variance;
            const double kept_bound = variance_bound * (unbiased ? count / (count - 1) : 1) + 2 * u * kept;
            bench.expect(Bench::shared, op.packed + c, old_mean * keep + mean * momentum,
                         momentum * mean_bound + rounding(4, std::fabs(old_mean) + std::fabs(mean)));
            bench.expect(Bench::shared, op.packed + op.size + c, old_variance * keep + kept * momentum,
                         momentum * kept_bound + rounding(4, old_variance + kept));

            const double scale = bench.at(Bench::shared, op.weight + c) * inverse;
            each_of_channel(n, [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                const double d = value(g, y, x, lane) - mean;
                expect_normalised(bench, bench.lane(op.out, g, c, y, x, lane), op.activation, d,
                                  mean_bound + u * (std::fabs(d) + mean_bound), scale, inverse_share + u,
                                  bench.at(Bench::shared, op.bias + c));
            });
        }
        bench.check(random);
    }
}

TEST(batchnorm_evaluate) {
    Random random(32);
    for (int64_t i = 0; i < share(60); ++i) {
        const Norm n = draw("batchnorm_evaluate", random, i);
        const Op& op = n.op;
        Bench bench(op, n.batch);
        bench.fill(random, op.in);
        for (int64_t c = 0; c < op.in.channels; ++c) {
            bench.fill(random, Bench::shared, op.weight + c, 1);
            bench.fill(random, Bench::shared, op.bias + c, 1);
            bench.fill(random, Bench::shared, op.packed + c, 1);
            bench.at(Bench::shared, op.packed + op.size + c) = 1.5f + random.uniform();
            const double mean = bench.at(Bench::shared, op.packed + c), eps = op.eps;
            const double scale = bench.at(Bench::shared, op.weight + c) /
                                 std::sqrt(bench.at(Bench::shared, op.packed + op.size + c) + eps);
            each_of_channel(n, [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                const double d = bench.value(op.in, g, c, y, x, lane) - mean;
                expect_normalised(bench, bench.lane(op.out, g, c, y, x, lane), op.activation, d, u * std::fabs(d),
                                  scale, 3.5 * u, bench.at(Bench::shared, op.bias + c));
            });
        }
        bench.check(random);
    }
}

// Mean and 1/std of the batch are inputs here: what forward left. In evaluation they are constants: no gradient passes
// through them, and the root is taken here.
void check_backward(const char* kernel, Random& random, bool training) {
    for (int64_t i = 0; i < share(120); ++i) {
        Norm n = draw(kernel, random, i);
        n.op.gradient = random.below(20);
        n.op.bias_gradient = n.op.gradient + n.op.in.channels + random.below(20);
        const Op& op = n.op;
        Bench bench(op, n.batch);
        bench.fill(random, op.in, op.activation);
        bench.fill_gradient(random, op.out);
        for (int64_t c = 0; c < op.in.channels; ++c) {
            bench.fill(random, Bench::shared, op.weight + c, 1);
            const int64_t statistics = training ? op.scratch : op.packed;
            bench.fill(random, Bench::shared, statistics + c, 1);
            bench.at(Bench::shared, statistics + op.size + c) = 1.5f + random.uniform();
            const double mean = bench.at(Bench::shared, statistics + c);
            const double second = bench.at(Bench::shared, statistics + op.size + c), eps = op.eps;
            const double inverse = training ? second : 1 / std::sqrt(second + eps);
            const double scale = bench.at(Bench::shared, op.weight + c) * inverse, count = n.images();
            const auto normal = [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                return (bench.value(op.in, g, c, y, x, lane) - mean) * inverse;
            };
            double beta = 0, beta_magnitude = 0, gamma = 0, gamma_magnitude = 0;
            each_of_channel(n, [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                const double gradient = bench.value(op.out, g, c, y, x, lane);
                beta += gradient;
                beta_magnitude += std::fabs(gradient);
                gamma += gradient * normal(g, y, x, lane);
                gamma_magnitude += std::fabs(gradient * normal(g, y, x, lane));
            });
            const double beta_bound = rounding(n.terms(), beta_magnitude);
            // Half of the rounding below a root, the root's and the quotient's: 2.5 more.
            const double gamma_bound = rounding(n.terms() + 6, gamma_magnitude);
            bench.expect(Bench::gradients, op.bias_gradient + c, beta, beta_bound);
            bench.expect(Bench::gradients, op.gradient + c, gamma, gamma_bound);
            each_of_channel(n, [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                const double a = bench.value(op.in, g, c, y, x, lane), z = normal(g, y, x, lane);
                const bool holds_image = bench.holds_image(g, lane);
                const double gradient = bench.value(op.out, g, c, y, x, lane);
                const double along = training ? 1 / count : 0;
                const double parts = std::fabs(gradient) + (std::fabs(beta) + std::fabs(z * gamma)) * along;
                const double sums = (beta_bound + std::fabs(z) * gamma_bound) * along;
                const double input = holds_image ? (gradient - (beta + z * gamma) * along) * scale : 0;
                // Quotients, normal, product, two differences, scale and the product with it: at most 9 roundings each.
                const double d = derivative(op.activation, a);
                const double bound = derived_bound(op.activation, a, 9, parts * std::fabs(scale)) +
                                     1.01 * sums * std::fabs(scale) * (d + 8 * u);
                bench.expect(Bench::lanes, bench.lane(op.in, g, c, y, x, lane), input * d, holds_image ? bound : 0);
            });
        }
        bench.check(random);
    }
}

TEST(batchnorm_backward) {
    Random random(33);
    check_backward("batchnorm_backward", random, true);
}

TEST(batchnorm_evaluate_backward) {
    Random random(34);
    check_backward("batchnorm_evaluate_backward", random, false);
}

}  // namespace
}  // namespace seedbed::tests
