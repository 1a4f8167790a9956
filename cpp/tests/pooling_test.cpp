// Pooling of odd shapes against loops in float64.
#include <algorithm>
#include <cmath>

#include "bench.h"

namespace seedbed::tests {
namespace {

// Case i has its turn of window, stride, pooling and activation; one case in three holds few different numbers, so that
// maxima are met more than once.
struct Case {
    Op op;
    int64_t batch;
    bool has_ties;
    int64_t groups() const { return (batch + kLanes - 1) / kLanes; }
};

Case draw(const char* kernel, Random& random, int64_t i) {
    for (;;) {
        Case c{operation(kernel), random.pick<int64_t>({1, 15, 16, 17, 31, 33}), i % 3 == 0};
        Op& op = c.op;
        constexpr int32_t sizes[] = {1, 2, 3, 5, 7};
        op.kernel_size = sizes[i % 5];
        op.stride = random.flip() ? op.kernel_size : static_cast<int32_t>(random.between(1, 3));
        op.pooling = i / 5 % 2 ? Pooling::average : Pooling::maximum;
        op.activation = kActivations[random.below(5)];
        const int64_t channels = random.pick<int64_t>({1, 2, 3, 5, 6, 7, 8, 16, 17, 33});
        const int64_t height = random.between(1, 15), width = random.between(1, 15);
        if (channels * height * width * c.groups() > 2000) continue;
        // The last windows may reach beyond the value, or values lie beyond the last windows.
        const auto windows = [&](int64_t size) {
            const int64_t whole = size < op.kernel_size ? 1 : (size - op.kernel_size) / op.stride + 1;
            return random.between(whole, (size - 1) / op.stride + 1);
        };
        Layout lanes;
        op.in = lanes.image(random, channels, height, width);
        const int64_t out_height = windows(height);
        op.out = lanes.image(random, channels, out_height, windows(width));
        if (op.stride != op.kernel_size) op.scratch = kLanes * random.below(3);
        current_case() = text(kernel, op.pooling == Pooling::average ? " average" : " maximum", ", batch ", c.batch,
                              ", ", channels, "x", height, "x", width, ", window ", op.kernel_size, ", stride ",
                              op.stride, ", activation ", static_cast<int>(op.activation));
        return c;
    }
}

void fill(Bench& bench, Random& random, const Case& c, Activation activation) {
    bench.fill(random, c.op.in, activation);
    if (!c.has_ties) return;
    const View& v = c.op.in;
    for (int64_t g = 0; g < c.groups(); ++g)
        for (int64_t channel = 0; channel < v.channels; ++channel)
            for (int64_t y = 0; y < v.height; ++y)
                for (int64_t x = 0; x < v.width; ++x)
                    for (int64_t lane = 0; lane < kLanes; ++lane) {
                        float& value = bench.at(Bench::lanes, bench.lane(v, g, channel, y, x, lane));
                        value = std::round(value * 2) / 2;
                    }
}

// Rows or columns of a window that lie within the value.
int64_t inside(const Op& op, int64_t size, int64_t number) {
    return std::min<int64_t>(op.kernel_size, size - number * op.stride);
}

template <class F>
void each(const Bench& bench, const View& v, F f) {
    for (int64_t g = 0; g < bench.context.groups; ++g)
        for (int64_t c = 0; c < v.channels; ++c)
            for (int64_t y = 0; y < v.height; ++y)
                for (int64_t x = 0; x < v.width; ++x)
                    for (int64_t lane = 0; lane < kLanes; ++lane) f(g, c, y, x, lane);
}

TEST(pool2d_forward) {
    Random random(21);
    for (int64_t i = 0; i < share(200); ++i) {
        const Case c = draw("pool2d_forward", random, i);
        const Op& op = c.op;
        Bench bench(op, c.batch);
        fill(bench, random, c, Activation::none);
        each(bench, op.out, [&](int64_t g, int64_t channel, int64_t y, int64_t x, int64_t lane) {
            double largest = -INFINITY, sum = 0, magnitude = 0;
            const int64_t rows = inside(op, op.in.height, y), columns = inside(op, op.in.width, x);
            const double area = static_cast<double>(rows * columns);
            for (int64_t ky = 0; ky < rows; ++ky)
                for (int64_t kx = 0; kx < columns; ++kx) {
                    const double v = bench.value(op.in, g, channel, y * op.stride + ky, x * op.stride + kx, lane);
                    largest = std::max(largest, v);
                    sum += v;
                    magnitude += std::fabs(v);
                }
            const bool average = op.pooling == Pooling::average;
            const double z = average ? sum / area : largest;
            // The terms, the factor 1/area and the product with it.
            const double bound = average ? rounding(area + 2, magnitude / area) : 0;
            bench.expect(Bench::lanes, bench.lane(op.out, g, channel, y, x, lane), activated(op.activation, z),
                         activated_bound(op.activation, z, bound));
        });
        bench.check(random);
    }
}

TEST(pool2d_backward) {
    Random random(22);
    for (int64_t i = 0; i < share(260); ++i) {
        const Case c = draw("pool2d_backward", random, i);
        const Op& op = c.op;
        Bench bench(op, c.batch);
        fill(bench, random, c, op.activation);
        bench.fill_gradient(random, op.out);
        if (op.scratch >= 0)
            bench.may_change(Bench::scratch, op.scratch, op.in.height * op.in.width * c.groups() * kLanes);
        // Where a window's gradient goes: everywhere in equal shares, or to the first of its largest values.
        const size_t plane = static_cast<size_t>(op.in.height * op.in.width);
        std::vector<double> sums(plane), magnitudes(plane), terms(plane);
        for (int64_t g = 0; g < c.groups(); ++g)
            for (int64_t channel = 0; channel < op.in.channels; ++channel)
                for (int64_t lane = 0; lane < kLanes; ++lane) {
                    for (auto* all : {&sums, &magnitudes, &terms}) all->assign(plane, 0);
                    const auto give = [&](int64_t y, int64_t x, double part) {
                        const auto place = static_cast<size_t>(y * op.in.width + x);
                        sums[place] += part;
                        magnitudes[place] += std::fabs(part);
                        terms[place] += 1;
                    };
                    for (int64_t y = 0; y < op.out.height; ++y)
                        for (int64_t x = 0; x < op.out.width; ++x) {
                            const double gradient = bench.value(op.out, g, channel, y, x, lane);
                            int64_t best_y = y * op.stride, best_x = x * op.stride;
                            const int64_t rows = inside(op, op.in.height, y), columns = inside(op, op.in.width, x);
                            const double area = static_cast<double>(rows * columns);
                            for (int64_t ky = 0; ky < rows; ++ky)
                                for (int64_t kx = 0; kx < columns; ++kx) {
                                    const int64_t in_y = y * op.stride + ky, in_x = x * op.stride + kx;
                                    if (op.pooling == Pooling::average) give(in_y, in_x, gradient / area);
                                    if (bench.value(op.in, g, channel, in_y, in_x, lane) >
                                        bench.value(op.in, g, channel, best_y, best_x, lane))
                                        best_y = in_y, best_x = in_x;
                                }
                            if (op.pooling == Pooling::maximum) give(best_y, best_x, gradient);
                        }
                    for (int64_t y = 0; y < op.in.height; ++y)
                        for (int64_t x = 0; x < op.in.width; ++x) {
                            const auto place = static_cast<size_t>(y * op.in.width + x);
                            const double a = bench.value(op.in, g, channel, y, x, lane);
                            bench.expect(Bench::lanes, bench.lane(op.in, g, channel, y, x, lane),
                                         sums[place] * derivative(op.activation, a),
                                         derived_bound(op.activation, a, terms[place] + 3, magnitudes[place]));
                        }
                }
        bench.check(random);
    }
}

}  // namespace
}  // namespace seedbed::tests
