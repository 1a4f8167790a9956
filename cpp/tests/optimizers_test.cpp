// Updates of the parameters against the formulas of PyTorch's documentation, with running error analysis.
#include <cmath>

#include "bench.h"

namespace seedbed::tests {
namespace {

// The numbers of one parameter: what it is, its gradient and what the optimizer keeps, in the order of its arrays.
struct Parameter {
    Number w, g;
    std::vector<Number> kept;
};

using Rule = void (*)(const Op& op, const Context& context, Number decay, Parameter& p);

Number followed(double keep, Number mean, Number value) {
    return Number::rounded(keep) * mean + Number::rounded(1 - keep) * value;
}

void sgd(const Op& op, const Context& context, Number decay, Parameter& p) {
    p.g = p.g + decay * p.w;
    if (op.momentum > 0) {
        p.kept[0] = Number(op.momentum) * p.kept[0] + p.g;
        p.g = op.nesterov ? p.g + Number(op.momentum) * p.kept[0] : p.kept[0];
    }
    p.w = p.w - Number::rounded(context.lr) * p.g;
}

void adagrad(const Op& op, const Context& context, Number decay, Parameter& p) {
    const double rate = context.lr / (1 + static_cast<double>(context.step - 1) * op.lr_decay);
    p.g = p.g + decay * p.w;
    p.kept[0] = p.kept[0] + p.g * p.g;
    p.w = p.w - Number::rounded(rate) * (p.g / (sqrt(p.kept[0]) + Number::rounded(op.eps)));
}

void adadelta(const Op& op, const Context& context, Number decay, Parameter& p) {
    const Number eps = Number::rounded(op.eps);
    p.g = p.g + decay * p.w;
    p.kept[0] = followed(op.beta2, p.kept[0], p.g * p.g);
    const Number delta = sqrt(p.kept[1] + eps) / sqrt(p.kept[0] + eps) * p.g;
    p.kept[1] = followed(op.beta2, p.kept[1], delta * delta);
    p.w = p.w - Number::rounded(context.lr) * delta;
}

void rmsprop(const Op& op, const Context& context, Number decay, Parameter& p) {
    p.g = p.g + decay * p.w;
    p.kept[0] = followed(op.beta2, p.kept[0], p.g * p.g);
    Number variance = p.kept[0];
    if (op.centered) {
        p.kept[1] = followed(op.beta2, p.kept[1], p.g);
        variance = at_least_0(variance - p.kept[1] * p.kept[1]);
    }
    p.g = p.g / (sqrt(variance) + Number::rounded(op.eps));
    if (op.momentum > 0) p.g = p.kept.back() = Number(op.momentum) * p.kept.back() + p.g;
    p.w = p.w - Number::rounded(context.lr) * p.g;
}

void adam(const Op& op, const Context& context, Number decay, Parameter& p) {
    const auto step = static_cast<double>(context.step);
    const Number rate = Number::rounded(context.lr / (1 - std::pow(op.beta1, step)));
    const Number root = Number::rounded(1 / std::sqrt(1 - std::pow(op.beta2, step)));
    if (op.decoupled)
        p.w = p.w - Number::rounded(context.lr) * decay * p.w;
    else
        p.g = p.g + decay * p.w;
    p.kept[0] = followed(op.beta1, p.kept[0], p.g);
    p.kept[1] = followed(op.beta2, p.kept[1], p.g * p.g);
    p.w = p.w - rate * (p.kept[0] / (sqrt(p.kept[1]) * root + Number::rounded(op.eps)));
}

// Every second case has a weight decay of its own for each number, an average of the parameters, or clipping.
void check(const char* kernel, Rule rule, Random& random, int64_t i, Op op, int64_t arrays) {
    op.kernel = operation(kernel).kernel;
    op.size = kLanes * random.between(1, 13);
    op.gradient = kLanes * random.below(3);
    op.weight_decay = random.pick({0.0f, 5e-4f});
    op.eps = 1e-8;
    int64_t next = kLanes * random.below(3);
    const auto take = [&] {
        const int64_t begin = next;
        next += op.size + kLanes * random.below(2);
        return begin;
    };
    op.weight = take();
    if (i % 4 == 1) op.decay = take();
    if (i % 3 == 1) op.average = take(), op.keep = random.pick({0.0, 0.3, 0.999});
    if (i % 5 == 1) op.squares = take() + random.below(5), op.clip_norm = random.pick({0.1, 100.0});
    current_case() = text(kernel, " of ", op.size, " numbers, case ", i);
    Bench bench(op, 1);
    bench.context.lr = 0.05;
    bench.context.step = random.pick<int64_t>({1, 2, 10, 1000});
    bench.fill(random, Bench::shared, op.weight, op.size);
    bench.fill(random, Bench::gradients, op.gradient, op.size);
    if (op.decay >= 0) bench.fill(random, Bench::shared, op.decay, op.size);
    if (op.average >= 0) bench.fill(random, Bench::shared, op.average, op.size);
    // Squares are positive, and larger than the mean's: no variance is near 0.
    for (int64_t n = 0; n < arrays * op.size; ++n)
        bench.at(Bench::memory, op.gradient + n) = n < op.size || n >= 2 * op.size || op.eps == 0
                                                       ? 1.5f + 0.5f * random.uniform()
                                                       : 0.5f + 0.3f * random.uniform();
    Number factor = 1.0;
    if (op.squares >= 0) {
        double total = 0;
        for (int64_t part = 0; part < kParts; ++part) {
            const float square = 0.5f + 0.5f * random.uniform();
            bench.at(Bench::shared, op.squares + part) = square;
            total += square;
        }
        factor = Number::rounded(std::min(1.0, op.clip_norm / (std::sqrt(total) + 1e-6)));
    }
    for (int64_t n = 0; n < op.size; ++n) {
        Parameter p{bench.at(Bench::shared, op.weight + n),
                    Number(bench.at(Bench::gradients, op.gradient + n)) * factor,
                    {}};
        for (int64_t array = 0; array < arrays; ++array)
            p.kept.emplace_back(bench.at(Bench::memory, op.gradient + array * op.size + n));
        rule(op, bench.context, op.decay < 0 ? op.weight_decay : bench.at(Bench::shared, op.decay + n), p);
        bench.expect(Bench::shared, op.weight + n, p.w);
        for (int64_t array = 0; array < arrays; ++array)
            bench.expect(Bench::memory, op.gradient + array * op.size + n, p.kept[static_cast<size_t>(array)]);
        if (op.average < 0) continue;
        const Number mean = bench.at(Bench::shared, op.average + n);
        bench.expect(Bench::shared, op.average + n,
                     op.keep > 0.5 ? mean + Number::rounded(1 - op.keep) * (p.w - mean)
                                   : p.w + Number::rounded(op.keep) * (mean - p.w));
    }
    bench.check(random);
}

TEST(sgd_update) {
    Random random(61);
    for (int64_t i = 0; i < share(90); ++i) {
        Op op;
        op.momentum = i % 3 ? 0.9f : 0.0f;
        op.nesterov = i % 3 == 2;
        check("sgd", sgd, random, i, op, op.momentum > 0);
    }
}

TEST(adagrad_update) {
    Random random(62);
    for (int64_t i = 0; i < share(60); ++i) {
        Op op;
        op.lr_decay = random.pick({0.0, 0.01});
        check("adagrad", adagrad, random, i, op, 1);
    }
}

TEST(adadelta_update) {
    Random random(63);
    for (int64_t i = 0; i < share(60); ++i) {
        Op op;
        op.beta2 = 0.9;
        check("adadelta", adadelta, random, i, op, 2);
    }
}

TEST(rmsprop_update) {
    Random random(64);
    for (int64_t i = 0; i < share(90); ++i) {
        Op op;
        op.beta2 = 0.99;
        op.momentum = i % 2 ? 0.9f : 0.0f;
        op.centered = i / 2 % 2;
        check("rmsprop", rmsprop, random, i, op, 1 + op.centered + (op.momentum > 0));
    }
}

TEST(adam_update) {
    Random random(65);
    for (int64_t i = 0; i < share(90); ++i) {
        Op op;
        op.beta1 = 0.9, op.beta2 = 0.999;
        op.decoupled = i % 2;
        check("adam", adam, random, i, op, 2);
    }
}

// A chain over a part's vectors, then a tree over lanes and a few chains; the parts together are all numbers.
TEST(squares) {
    Random random(66);
    for (int64_t i = 0; i < share(40); ++i) {
        Op op = operation("squares");
        op.size = kLanes * random.pick<int64_t>({1, 2, 7, 63, 64, 65, 129, 700});
        op.gradient = kLanes * random.below(3);
        op.squares = random.below(20);
        current_case() = text("squares of ", op.size, " numbers");
        Bench bench(op, 1);
        bench.fill(random, Bench::gradients, op.gradient, op.size);
        for (int64_t part = 0; part < kParts; ++part) {
            const int64_t vectors = op.size / kLanes, first = part * vectors / kParts;
            const int64_t last = (part + 1) * vectors / kParts;
            double sum = 0;
            for (int64_t n = first * kLanes; n < last * kLanes; ++n)
                sum += std::pow(bench.at(Bench::gradients, op.gradient + n), 2);
            bench.expect(Bench::shared, op.squares + part, sum, rounding(static_cast<double>(last - first + 8), sum));
        }
        bench.check(random);
    }
}

}  // namespace
}  // namespace seedbed::tests
