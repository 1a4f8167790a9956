// Linear layers of odd sizes against loops in float64.
#include <cmath>

#include "bench.h"

namespace seedbed::tests {
namespace {

struct Shape {
    int64_t batch, ins, outs;
    int64_t groups() const { return (batch + kLanes - 1) / kLanes; }
};

Shape draw(Random& random, int64_t i) {
    constexpr int64_t features[] = {1, 2, 3, 5, 6, 7, 8, 13, 16, 17, 24, 31, 33, 47, 48, 49, 65, 97, 130};
    for (;;) {
        const int64_t batch = random.pick<int64_t>({1, 15, 16, 17, 31, 33, 47, 64, 65, 81, 129, 145});
        Shape s{batch, features[i % 19], features[random.below(19)]};
        if (random.flip()) std::swap(s.ins, s.outs);
        if (s.ins * s.outs * s.groups() > 100'000) continue;
        current_case() = text("batch ", s.batch, ", ", s.ins, " -> ", s.outs, " features");
        return s;
    }
}

Op linear(const char* kernel, Random& random, const Shape& s) {
    Op op = operation(kernel);
    Layout lanes;
    op.in = lanes.flat(random, s.ins);
    op.out = lanes.flat(random, s.outs);
    op.activation = kActivations[random.below(5)];
    return op;
}

// Terms of a sum over features, one after the other.
struct Sum {
    double total = 0, magnitude = 0;
    void add(double term) {
        total += term;
        magnitude += std::fabs(term);
    }
};

TEST(linear_forward) {
    Random random(11);
    for (int64_t i = 0; i < share(190); ++i) {
        const Shape s = draw(random, i);
        Op op = linear("linear_forward", random, s);
        op.weight = random.below(20);
        if (random.below(3)) op.bias = op.weight + s.ins * s.outs + random.below(20);
        Bench bench(op, s.batch);
        bench.fill(random, op.in);
        bench.fill(random, Bench::shared, op.weight, s.ins * s.outs);
        if (op.bias >= 0) bench.fill(random, Bench::shared, op.bias, s.outs);
        for (int64_t g = 0; g < s.groups(); ++g)
            for (int64_t out = 0; out < s.outs; ++out)
                for (int64_t lane = 0; lane < kLanes; ++lane) {
                    Sum sum;
                    if (op.bias >= 0) sum.add(bench.at(Bench::shared, op.bias + out));
                    for (int64_t in = 0; in < s.ins; ++in)
                        sum.add(bench.value(op.in, g, in, 0, 0, lane) *
                                bench.at(Bench::shared, op.weight + out * s.ins + in));
                    bench.expect(Bench::lanes, bench.lane(op.out, g, out, 0, 0, lane),
                                 activated(op.activation, sum.total),
                                 activated_bound(op.activation, sum.total,
                                                 rounding(static_cast<double>(s.ins + 1), sum.magnitude)));
                }
        bench.check(random);
    }
}

TEST(linear_input_gradient) {
    Random random(12);
    for (int64_t i = 0; i < share(190); ++i) {
        const Shape s = draw(random, i);
        Op op = linear("linear_input_gradient", random, s);
        op.weight = random.below(20);
        Bench bench(op, s.batch);
        bench.fill(random, op.in, op.activation);
        bench.fill_gradient(random, op.out);
        bench.fill(random, Bench::shared, op.weight, s.ins * s.outs);
        for (int64_t g = 0; g < s.groups(); ++g)
            for (int64_t in = 0; in < s.ins; ++in)
                for (int64_t lane = 0; lane < kLanes; ++lane) {
                    Sum sum;
                    for (int64_t out = 0; out < s.outs; ++out)
                        sum.add(bench.value(op.out, g, out, 0, 0, lane) *
                                bench.at(Bench::shared, op.weight + out * s.ins + in));
                    const double a = bench.value(op.in, g, in, 0, 0, lane);
                    bench.expect(Bench::lanes, bench.lane(op.in, g, in, 0, 0, lane),
                                 sum.total * derivative(op.activation, a),
                                 derived_bound(op.activation, a, static_cast<double>(s.outs + 1), sum.magnitude));
                }
        bench.check(random);
    }
}

// Rows of images: those beyond the batch, and numbers beyond the features, may become anything.
TEST(linear_transpose) {
    Random random(13);
    for (int64_t i = 0; i < share(60); ++i) {
        const Shape s = draw(random, i);
        Op op = linear("linear_transpose", random, s);
        op.size = (s.ins + kLanes - 1) / kLanes * kLanes + kLanes * random.below(2);
        op.scratch = kLanes * random.below(3);
        Bench bench(op, s.batch);
        bench.fill(random, op.in);
        bench.may_change(Bench::scratch, op.scratch, op.size * s.groups() * kLanes);
        bench.each_image([&](int64_t, int64_t g, int64_t lane) {
            for (int64_t in = 0; in < s.ins; ++in)
                bench.expect(Bench::scratch, op.scratch + (g * kLanes + lane) * op.size + in,
                             bench.value(op.in, g, in, 0, 0, lane), 0);
        });
        bench.check(random);
    }
}

// The bias's sum runs over lane groups and then over the lanes in a tree.
TEST(linear_weight_gradient) {
    Random random(14);
    for (int64_t i = 0; i < share(190); ++i) {
        const Shape s = draw(random, i);
        Op op = linear("linear_weight_gradient", random, s);
        op.size = (s.ins + kLanes - 1) / kLanes * kLanes + kLanes * random.below(2);
        op.scratch = kLanes * random.below(3);
        op.gradient = random.below(20);
        if (random.below(3)) op.bias_gradient = op.gradient + s.ins * s.outs + random.below(20);
        Bench bench(op, s.batch);
        bench.fill_gradient(random, op.out);
        // Lanes beyond the batch repeat an image: their rows hold numbers, and their gradient is zero.
        bench.fill(random, Bench::scratch, op.scratch, op.size * s.groups() * kLanes);
        for (int64_t out = 0; out < s.outs; ++out) {
            const auto gradient = [&](int64_t g, int64_t lane) { return bench.value(op.out, g, out, 0, 0, lane); };
            for (int64_t in = 0; in < s.ins; ++in) {
                Sum sum;
                bench.each_image([&](int64_t, int64_t g, int64_t lane) {
                    sum.add(gradient(g, lane) * bench.at(Bench::scratch, op.scratch + (g * kLanes + lane) * op.size + in));
                });
                bench.expect(Bench::gradients, op.gradient + out * s.ins + in, sum.total,
                             rounding(static_cast<double>(s.batch + 1), sum.magnitude));
            }
            if (op.bias_gradient < 0) continue;
            Sum sum;
            bench.each_image([&](int64_t, int64_t g, int64_t lane) { sum.add(gradient(g, lane)); });
            bench.expect(Bench::gradients, op.bias_gradient + out, sum.total,
                         rounding(static_cast<double>(s.groups() + 8), sum.magnitude));
        }
        bench.check(random);
    }
}

}  // namespace
}  // namespace seedbed::tests
