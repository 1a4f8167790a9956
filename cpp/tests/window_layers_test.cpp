// Layers that sum over a window, of channels or of pixels, against loops in float64.
#include <cmath>

#include "bench.h"

namespace seedbed::tests {
namespace {

constexpr int64_t kChannels[] = {1, 2, 3, 5, 6, 7, 8, 16, 17, 33};

template <class F>
void each(const Bench& bench, const View& v, F f) {
    for (int64_t g = 0; g < bench.context.groups; ++g)
        for (int64_t c = 0; c < v.channels; ++c)
            for (int64_t y = 0; y < v.height; ++y)
                for (int64_t x = 0; x < v.width; ++x)
                    for (int64_t lane = 0; lane < kLanes; ++lane) f(g, c, y, x, lane);
}

struct Case {
    Op op;
    int64_t batch;
};

Case draw_norm(const char* kernel, Random& random, int64_t i) {
    Case c{operation(kernel), random.pick<int64_t>({1, 15, 16, 17, 33})};
    const int64_t channels = kChannels[i % 10], height = random.between(1, 3), width = random.between(1, 3);
    Layout lanes;
    c.op.in = lanes.image(random, channels, height, width);
    c.op.out = lanes.image(random, channels, height, width);
    c.op.kernel_size = random.pick({1, 2, 3, 4, 5, 7});
    c.op.alpha = 0.1f, c.op.beta = random.pick({0.75f, 0.5f, 1.0f}), c.op.k = random.pick({1.0f, 2.0f});
    c.op.activation = kActivations[random.below(5)];
    current_case() = text(kernel, ", batch ", c.batch, ", ", channels, "x", height, "x", width, ", window ",
                          c.op.kernel_size, ", exponent ", c.op.beta, ", activation ", static_cast<int>(c.op.activation));
    return c;
}

// Of one image at one pixel: s_c and s_c^-b for every channel.
struct Line {
    std::vector<Number> in, s, power;
    Line(Bench& bench, int64_t g, int64_t y, int64_t x, int64_t lane) {
        const Op& op = bench.op;
        for (int64_t c = 0; c < op.in.channels; ++c) in.emplace_back(bench.value(op.in, g, c, y, x, lane));
        for (int64_t c = 0; c < op.in.channels; ++c) {
            Number sum = 0.0;
            for (int64_t i = 0; i < op.kernel_size; ++i)
                if (const int64_t d = c - op.kernel_size / 2 + i; d >= 0 && d < op.in.channels)
                    sum = sum + in[static_cast<size_t>(d)] * in[static_cast<size_t>(d)];
            s.push_back(Number(op.k) + Number(op.alpha) * sum);
            // By roots if b is ¾, else by exp and log; the longer way bounds both.
            power.push_back(exp(Number(-op.beta) * log(s.back())) * Number(1) * Number(1));
        }
    }
};

TEST(response_norm_forward) {
    Random random(81);
    for (int64_t i = 0; i < share(60); ++i) {
        const Case c = draw_norm("response_norm_forward", random, i);
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in);
        for (int64_t g = 0; g < bench.context.groups; ++g)
            for (int64_t y = 0; y < c.op.in.height; ++y)
                for (int64_t x = 0; x < c.op.in.width; ++x)
                    for (int64_t lane = 0; lane < kLanes; ++lane) {
                        const Line line(bench, g, y, x, lane);
                        for (size_t k = 0; k < line.in.size(); ++k)
                            bench.expect(Bench::lanes,
                                         bench.lane(c.op.out, g, static_cast<int64_t>(k), y, x, lane),
                                         line.in[k] * line.power[k]);
                    }
        bench.check(random);
    }
}

// ∂/∂in_d of Σ g_c in_c s_c^-b = g_d s_d^-b − 2ab in_d Σ over c whose window holds d of g_c in_c s_c^(-b-1).
TEST(response_norm_backward) {
    Random random(82);
    for (int64_t i = 0; i < share(60); ++i) {
        const Case c = draw_norm("response_norm_backward", random, i);
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in, c.op.activation);
        bench.fill_gradient(random, c.op.out);
        for (int64_t g = 0; g < bench.context.groups; ++g)
            for (int64_t y = 0; y < c.op.in.height; ++y)
                for (int64_t x = 0; x < c.op.in.width; ++x)
                    for (int64_t lane = 0; lane < kLanes; ++lane) {
                        const Line line(bench, g, y, x, lane);
                        const auto gradient = [&](size_t k) {
                            const auto channel = static_cast<int64_t>(k);
                            return Number(bench.value(c.op.out, g, channel, y, x, lane)) * line.power[k];
                        };
                        for (size_t d = 0; d < line.in.size(); ++d) {
                            Number sum = 0.0;
                            for (size_t k = 0; k < line.in.size(); ++k) {
                                const int64_t distance = static_cast<int64_t>(d) - static_cast<int64_t>(k) +
                                                         c.op.kernel_size / 2;
                                if (distance >= 0 && distance < c.op.kernel_size)
                                    sum = sum + gradient(k) * line.in[k] / line.s[k];
                            }
                            const Number factor = Number(-2) * Number(c.op.alpha) * Number(c.op.beta) * line.in[d];
                            bench.expect(Bench::lanes, bench.lane(c.op.in, g, static_cast<int64_t>(d), y, x, lane),
                                         derived(c.op.activation, line.in[d].value, factor * sum + gradient(d)));
                        }
                    }
        bench.check(random);
    }
}

Case draw_windows(const char* kernel, Random& random, int64_t i, bool many_groups) {
    for (;;) {
        Case c{operation(kernel), random.pick<int64_t>({1, 15, 16, 17, 31, 33})};
        if (many_groups && random.flip()) c.batch = random.pick<int64_t>({129, 145});
        const int64_t height = random.between(1, 15), width = random.between(1, 15), channels = kChannels[i % 10];
        c.op.kernel_size = random.pick({1, 2, 3, 5});
        if (c.op.kernel_size > height || c.op.kernel_size > width || channels * height * width * c.batch > 40'000)
            continue;
        Layout lanes;
        c.op.in = lanes.image(random, channels, height, width);
        c.op.out = lanes.image(random, channels, height / c.op.kernel_size, width / c.op.kernel_size);
        c.op.activation = kActivations[random.below(5)];
        c.op.weight = random.below(20);
        c.op.bias = c.op.weight + channels + random.below(20);
        current_case() = text(kernel, ", batch ", c.batch, ", ", channels, "x", height, "x", width, ", window ",
                              c.op.kernel_size, ", activation ", static_cast<int>(c.op.activation));
        return c;
    }
}

Number window_sum(Bench& bench, int64_t g, int64_t c, int64_t y, int64_t x, int64_t lane) {
    const Op& op = bench.op;
    Number sum = 0.0;
    for (int64_t ky = 0; ky < op.kernel_size; ++ky)
        for (int64_t kx = 0; kx < op.kernel_size; ++kx)
            sum = sum + Number(bench.value(op.in, g, c, y * op.kernel_size + ky, x * op.kernel_size + kx, lane));
    return sum;
}

TEST(subsample_forward) {
    Random random(83);
    for (int64_t i = 0; i < share(60); ++i) {
        const Case c = draw_windows("subsample_forward", random, i, false);
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in);
        bench.fill(random, Bench::shared, c.op.weight, c.op.in.channels);
        bench.fill(random, Bench::shared, c.op.bias, c.op.in.channels);
        each(bench, c.op.out, [&](int64_t g, int64_t channel, int64_t y, int64_t x, int64_t lane) {
            const Number z = window_sum(bench, g, channel, y, x, lane) *
                                 Number(bench.at(Bench::shared, c.op.weight + channel)) +
                             Number(bench.at(Bench::shared, c.op.bias + channel));
            bench.expect(Bench::lanes, bench.lane(c.op.out, g, channel, y, x, lane),
                         activated(c.op.activation, z.value),
                         activated_bound(c.op.activation, z.value, 1.01 * z.error));
        });
        bench.check(random);
    }
}

// Pixels beyond the last whole window get no gradient.
TEST(subsample_input_gradient) {
    Random random(84);
    for (int64_t i = 0; i < share(60); ++i) {
        const Case c = draw_windows("subsample_input_gradient", random, i, false);
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in, c.op.activation);
        bench.fill_gradient(random, c.op.out);
        bench.fill(random, Bench::shared, c.op.weight, c.op.in.channels);
        each(bench, c.op.in, [&](int64_t g, int64_t channel, int64_t y, int64_t x, int64_t lane) {
            const int64_t out_y = y / c.op.kernel_size, out_x = x / c.op.kernel_size;
            Number gradient = 0.0;
            if (out_y < c.op.out.height && out_x < c.op.out.width)
                gradient = derived(c.op.activation, bench.value(c.op.in, g, channel, y, x, lane),
                                   Number(bench.at(Bench::shared, c.op.weight + channel)) *
                                       Number(bench.value(c.op.out, g, channel, out_y, out_x, lane)));
            bench.expect(Bench::lanes, bench.lane(c.op.in, g, channel, y, x, lane), gradient);
        });
        bench.check(random);
    }
}

TEST(subsample_weight_gradient) {
    Random random(85);
    for (int64_t i = 0; i < share(60); ++i) {
        Case c = draw_windows("subsample_weight_gradient", random, i, true);
        const int64_t channels = c.op.in.channels;
        c.op.size = (2 * channels + kLanes - 1) / kLanes * kLanes;
        c.op.partial = kLanes * random.below(3);
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in);
        bench.fill_gradient(random, c.op.out);
        const Context& context = bench.context;
        for (int64_t slot = 0; slot < context.slots; ++slot)
            for (int64_t channel = 0; channel < channels; ++channel) {
                const int64_t first = slot * context.groups / context.slots;
                const int64_t last = (slot + 1) * context.groups / context.slots;
                double weight = 0, weight_size = 0, bias = 0, bias_size = 0, windows = 0;
                for (int64_t g = first; g < last; ++g)
                    for (int64_t y = 0; y < c.op.out.height; ++y)
                        for (int64_t x = 0; x < c.op.out.width; ++x)
                            for (int64_t lane = 0; lane < kLanes; ++lane) {
                                const double gradient = bench.value(c.op.out, g, channel, y, x, lane);
                                const Number sum = window_sum(bench, g, channel, y, x, lane);
                                weight += gradient * sum.value;
                                weight_size += std::fabs(gradient * sum.value);
                                windows += 1.01 * std::fabs(gradient) * sum.error;
                                bias += gradient;
                                bias_size += std::fabs(gradient);
                            }
                // A chain over the vectors, then a tree over lanes and a few chains.
                const double terms = static_cast<double>((last - first) * c.op.out.height * c.op.out.width + 8);
                const int64_t place = c.op.partial + slot * c.op.size + channel;
                bench.expect(Bench::partials, place, weight, rounding(terms, weight_size) + windows);
                bench.expect(Bench::partials, place + channels, bias, rounding(terms, bias_size));
            }
        bench.check(random);
    }
}

}  // namespace
}  // namespace seedbed::tests
