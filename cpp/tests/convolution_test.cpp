// Convolutions of odd shapes against loops in float64.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bench.h"

namespace seedbed::tests {
namespace {

constexpr int64_t kChannels[] = {1, 2, 3, 5, 6, 7, 8, 16, 17, 33, 32, 64};
constexpr int64_t kWindows[] = {1, 2, 3, 5, 7};

struct Shape {
    int64_t batch, ins, outs, height, width, window, stride, padding;
    int64_t pool = 1;
    int64_t out_height() const { return (height + 2 * padding - window) / stride + 1; }
    int64_t out_width() const { return (width + 2 * padding - window) / stride + 1; }
    int64_t weights() const { return ins * outs * window * window; }
    int64_t groups() const { return (batch + kLanes - 1) / kLanes; }
};

// Case i has its turn of channels, width, window and stride; the rest is drawn until the case is small.
Shape draw(Random& random, int64_t i, bool many_groups) {
    for (;;) {
        Shape s;
        s.batch = random.pick<int64_t>({1, 15, 16, 17, 31, 33});
        if (many_groups && random.below(4) == 0) s.batch = random.pick<int64_t>({113, 129, 145});
        s.outs = kChannels[i % 12];
        s.ins = kChannels[random.below(12)];
        s.width = 1 + i * 7 % 15;
        s.height = random.between(1, 15);
        s.window = kWindows[i % 5];
        s.stride = 1 + i / 5 % 3;
        s.padding = random.below(s.window);
        if (random.flip()) std::swap(s.ins, s.outs);
        if (s.window > s.height + 2 * s.padding || s.window > s.width + 2 * s.padding) {
            if (random.below(50) == 0) ++i;
            continue;
        }
        if (s.weights() * s.height * s.width * s.groups() * kLanes < 1'500'000) {
            if (s.stride == 1 && s.out_height() > 1 && s.out_width() > 1 && random.flip()) s.pool = 2;
            current_case() = text("batch ", s.batch, ", ", s.ins, " -> ", s.outs, " channels of ", s.height, "x",
                                  s.width, ", window ", s.window, ", stride ", s.stride, ", padding ", s.padding, ", pool ", s.pool);
            return s;
        }
        if (random.below(200) == 0) i += 12;
    }
}

// A window's winners are four times sixteen bits: eight windows fill the room of a vector.
int64_t winner_vectors(const Op& op) { return (op.out.channels * op.out.height * op.out.width + 7) / 8; }

// The result of window (out, y, x) that the test calls the largest.
int64_t winner(int64_t group, int64_t out, int64_t y, int64_t x, int64_t lane) {
    return (group * 7 + out * 5 + y * 3 + x * 11 + lane * lane) % 4;
}

void write_winners(Bench& bench, const Shape& s) {
    const View& v = bench.op.out;
    if (s.pool == 1) return;
    for (int64_t g = 0; g < s.groups(); ++g) {
        float* place = &bench.at(Bench::lanes, g * bench.context.group_stride + bench.op.winners * kLanes);
        for (int64_t n = 0; n < v.channels * v.height * v.width; ++n) {
            uint64_t bits = 0;
            for (int64_t lane = 0; lane < kLanes; ++lane)
                bits |= uint64_t{1} << (16 * winner(g, n / (v.height * v.width), n / v.width % v.height, n % v.width, lane) + lane);
            std::memcpy(place + 2 * n, &bits, sizeof bits);
        }
    }
}

// The gradient of one result of the convolution.
double result_gradient(Bench& bench, const Shape& s, int64_t group, int64_t out, int64_t y, int64_t x, int64_t lane) {
    const View& v = bench.op.out;
    if (s.pool == 1) return bench.value(v, group, out, y, x, lane);
    if (y >= 2 * v.height || x >= 2 * v.width || winner(group, out, y / 2, x / 2, lane) != y % 2 * 2 + x % 2) return 0;
    return bench.value(v, group, out, y / 2, x / 2, lane);
}

// The operation on a value and a gradient with the zero columns that the kernel reads beyond their edges.
Op convolution(const char* kernel, Random& random, const Shape& s, bool into_input = false) {
    const int64_t beyond = s.window - 1 - s.padding;
    Op op = operation(kernel);
    Layout lanes;
    op.in = lanes.image(random, s.ins, s.height, s.width, 0, into_input ? 0 : s.padding);
    op.out = lanes.image(random, s.outs, s.out_height() / s.pool, s.out_width() / s.pool, 0,
                         into_input && s.pool == 1 ? (beyond <= kWideBorder ? beyond : 1) : 0);
    op.pool = static_cast<int32_t>(s.pool);
    if (s.pool > 1) op.winners = lanes.flat(random, winner_vectors(op)).offset;
    op.kernel_size = static_cast<int32_t>(s.window);
    op.stride = static_cast<int32_t>(s.stride);
    op.padding = static_cast<int32_t>(s.padding);
    op.activation = kActivations[random.below(std::ssize(kActivations))];
    op.weight = random.below(20);
    op.packed = op.weight + s.weights() + random.below(20);
    op.scratch = op.packed + s.weights() + random.below(20);
    return op;
}

// Whether strips run over channels, at random if the result's channels and the stride allow it.
bool over_channels(Random& random, int64_t channels, int64_t stride = 1) {
    const bool is_so = channels % kVectorChannels == 0 && stride == 1 && random.below(4) > 0;
    if (is_so) current_case() += ", over channels";
    return is_so;
}

// How weights are packed is between conv2d_pack and the kernels that read them: the first runs before them.
struct PackedBench : Bench {
    PackedBench(const Op& op, const Shape& s) : Bench(op, s.batch, {packing(op)}) {
        may_change(shared, op.packed, s.weights());
        may_change(shared, op.scratch, s.weights());
    }
    static Op packing(Op op) {
        if (op.kernel == operation("conv2d_input_gradient").kernel) std::swap(op.over_channels, op.back_over_channels);
        op.kernel = operation("conv2d_pack").kernel;
        return op;
    }
};

double weight(Bench& bench, const Shape& s, int64_t out, int64_t in, int64_t ky, int64_t kx) {
    return bench.at(Bench::shared, bench.op.weight + ((out * s.ins + in) * s.window + ky) * s.window + kx);
}

// What is packed are the weights, each once, in some order, and nothing else.
TEST(conv2d_pack) {
    Random random(1);
    for (int64_t i = 0; i < share(40); ++i) {
        const Shape s = draw(random, i, false);
        Op op = convolution("conv2d_pack", random, s);
        if (i % 2) op.scratch = -1;
        op.over_channels = over_channels(random, s.outs);
        op.back_over_channels = over_channels(random, s.ins);
        Bench bench(op, s.batch);
        bench.fill(random, Bench::shared, op.weight, s.weights());
        std::vector<float> weights;
        for (int64_t n = 0; n < s.weights(); ++n) weights.push_back(bench.at(Bench::shared, op.weight + n));
        std::sort(weights.begin(), weights.end());
        for (const int64_t place : {op.packed, op.scratch})
            if (place >= 0) bench.expect_in_some_order(Bench::shared, place, weights);
        bench.check(random);
    }
}

TEST(conv2d_forward) {
    Random random(2);
    for (int64_t i = 0; i < share(240); ++i) {
        const Shape s = draw(random, i, false);
        Op op = convolution("conv2d_forward", random, s);
        op.over_channels = over_channels(random, s.outs);
        if (op.over_channels) {
            op.packed = (op.packed + kLanes - 1) / kLanes * kLanes;
            op.scratch += kLanes;
        }
        if (random.below(3)) op.bias = op.scratch + s.weights() + random.below(20);
        const bool keeps_winners = random.flip();
        if (!keeps_winners) op.winners = -1;
        PackedBench bench(op, s);
        bench.fill(random, op.in);
        bench.zero_border(op.in, 0, s.padding);
        bench.fill(random, Bench::shared, op.weight, s.weights());
        if (op.bias >= 0) bench.fill(random, Bench::shared, op.bias, s.outs);
        const double terms = static_cast<double>(s.ins * s.window * s.window + 1);
        struct Sum {
            double value, bound;
        };
        const auto result = [&](int64_t g, int64_t out, int64_t y, int64_t x, int64_t lane) {
            double sum = op.bias < 0 ? 0 : bench.at(Bench::shared, op.bias + out);
            double magnitude = std::fabs(sum);
            for (int64_t in = 0; in < s.ins; ++in)
                for (int64_t ky = 0; ky < s.window; ++ky)
                    for (int64_t kx = 0; kx < s.window; ++kx) {
                        const int64_t in_y = y * s.stride + ky - s.padding, in_x = x * s.stride + kx - s.padding;
                        if (in_y < 0 || in_y >= s.height || in_x < 0 || in_x >= s.width) continue;
                        const double product =
                            weight(bench, s, out, in, ky, kx) * bench.value(op.in, g, in, in_y, in_x, lane);
                        sum += product;
                        magnitude += std::fabs(product);
                    }
            return Sum{sum, rounding(terms, magnitude)};
        };
        for (int64_t g = 0; g < s.groups(); ++g) {
            if (s.pool > 1 && keeps_winners)
                bench.may_change(Bench::lanes, g * bench.context.group_stride + op.winners * kLanes, winner_vectors(op) * kLanes);
            for (int64_t out = 0; out < s.outs; ++out)
                for (int64_t y = 0; y < op.out.height; ++y)
                    for (int64_t x = 0; x < op.out.width; ++x)
                        for (int64_t lane = 0; lane < kLanes; ++lane) {
                            // Strips over channels give lanes without an image the result of the last one.
                            const int64_t from = op.over_channels ? bench.image(g, lane) - bench.first_image(g) : lane;
                            // The largest of several numbers moves by no more than the one that moves most.
                            Sum largest = result(g, out, y * s.pool, x * s.pool, from);
                            for (int64_t i = 1; i < s.pool * s.pool; ++i) {
                                const Sum other = result(g, out, y * s.pool + i / 2, x * s.pool + i % 2, from);
                                largest = {std::max(largest.value, other.value), std::max(largest.bound, other.bound)};
                            }
                            bench.expect(Bench::lanes, bench.lane(op.out, g, out, y, x, lane),
                                         activated(op.activation, largest.value),
                                         activated_bound(op.activation, largest.value, largest.bound));
                        }
        }
        bench.check(random);
    }
}

TEST(conv2d_input_gradient) {
    Random random(3);
    for (int64_t i = 0; i < share(240); ++i) {
        const Shape s = draw(random, i, false);
        Op op = convolution("conv2d_input_gradient", random, s, true);
        op.over_channels = over_channels(random, s.ins, s.stride);
        if (op.over_channels) op.scratch = (op.scratch + kLanes - 1) / kLanes * kLanes;
        PackedBench bench(op, s);
        bench.fill(random, op.in, op.activation);
        bench.fill_gradient(random, op.out);
        const int64_t beyond = s.window - 1 - s.padding;
        if (s.pool == 1) bench.zero_border(op.out, 0, beyond <= kWideBorder ? beyond : 1);
        write_winners(bench, s);
        bench.fill(random, Bench::shared, op.weight, s.weights());
        for (int64_t g = 0; g < s.groups(); ++g)
            for (int64_t in = 0; in < s.ins; ++in)
                for (int64_t y = 0; y < s.height; ++y)
                    for (int64_t x = 0; x < s.width; ++x)
                        for (int64_t lane = 0; lane < kLanes; ++lane) {
                            double sum = 0, magnitude = 0;
                            for (int64_t out = 0; out < s.outs; ++out)
                                for (int64_t ky = 0; ky < s.window; ++ky)
                                    for (int64_t kx = 0; kx < s.window; ++kx) {
                                        const int64_t from_y = y + s.padding - ky, from_x = x + s.padding - kx;
                                        if (from_y < 0 || from_y % s.stride || from_y / s.stride >= s.out_height() ||
                                            from_x < 0 || from_x % s.stride || from_x / s.stride >= s.out_width())
                                            continue;
                                        const double product =
                                            weight(bench, s, out, in, ky, kx) *
                                            result_gradient(bench, s, g, out, from_y / s.stride, from_x / s.stride, lane);
                                        sum += product;
                                        magnitude += std::fabs(product);
                                    }
                            const double a = bench.value(op.in, g, in, y, x, lane);
                            const double terms = static_cast<double>(s.outs * s.window * s.window + 1);
                            bench.expect(Bench::lanes, bench.lane(op.in, g, in, y, x, lane),
                                         sum * derivative(op.activation, a),
                                         derived_bound(op.activation, a, terms, magnitude));
                        }
        bench.check(random);
    }
}

// Sum over a slot's images and pixels of gradient · value; `value` is 1 for the bias. Over channels or not: at the worst one
// chain over the images and pixels, at the best one over the vectors and then a tree over lanes.
TEST(conv2d_weight_gradient) {
    Random random(4);
    for (int64_t i = 0; i < share(240); ++i) {
        const Shape s = draw(random, i, true);
        Op op = convolution("conv2d_weight_gradient", random, s);
        op.over_channels = random.flip();
        if (random.below(3)) op.bias_gradient = 0;
        const int64_t all = s.weights() + (op.bias_gradient >= 0 ? s.outs : 0);
        op.size = (all + kLanes - 1) / kLanes * kLanes;
        op.partial = kLanes * random.below(3);
        Bench bench(op, s.batch);
        bench.fill(random, op.in);
        bench.zero_border(op.in, 0, s.padding);
        bench.fill_gradient(random, op.out);
        write_winners(bench, s);
        const Context& context = bench.context;
        for (int64_t slot = 0; slot < context.slots; ++slot) {
            const int64_t first = slot * context.groups / context.slots;
            const int64_t last = (slot + 1) * context.groups / context.slots;
            const int64_t vectors = (last - first) * s.out_height() * s.out_width();
            const double terms = static_cast<double>(vectors * (op.over_channels ? kLanes : 1) + 8);
            bench.may_change(Bench::partials, op.partial + slot * op.size, op.size);
            const auto expect = [&](int64_t number, auto value) {
                double sum = 0, magnitude = 0;
                for (int64_t g = first; g < last; ++g)
                    for (int64_t y = 0; y < s.out_height(); ++y)
                        for (int64_t x = 0; x < s.out_width(); ++x)
                            for (int64_t lane = 0; lane < kLanes; ++lane) {
                                const double product = value(g, y, x, lane);
                                sum += product;
                                magnitude += std::fabs(product);
                            }
                bench.expect(Bench::partials, op.partial + slot * op.size + number, sum, rounding(terms, magnitude));
            };
            for (int64_t out = 0; out < s.outs; ++out) {
                for (int64_t in = 0; in < s.ins; ++in)
                    for (int64_t ky = 0; ky < s.window; ++ky)
                        for (int64_t kx = 0; kx < s.window; ++kx)
                            expect(((out * s.ins + in) * s.window + ky) * s.window + kx,
                                   [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                                       const int64_t in_y = y * s.stride + ky - s.padding;
                                       const int64_t in_x = x * s.stride + kx - s.padding;
                                       if (in_y < 0 || in_y >= s.height || in_x < 0 || in_x >= s.width) return 0.0;
                                       return result_gradient(bench, s, g, out, y, x, lane) *
                                              bench.value(op.in, g, in, in_y, in_x, lane);
                                   });
                if (op.bias_gradient >= 0)
                    expect(s.weights() + out, [&](int64_t g, int64_t y, int64_t x, int64_t lane) {
                        return result_gradient(bench, s, g, out, y, x, lane);
                    });
            }
        }
        bench.check(random);
    }
}

TEST(sum_slots) {
    Random random(5);
    for (int64_t i = 0; i < share(40); ++i) {
        Op op = operation("sum_slots");
        op.size = kLanes * random.between(1, 9);
        op.partial = kLanes * random.below(3);
        op.gradient = kLanes * random.below(3);
        const int64_t batch = 1 + i * 16 / 3;
        current_case() = text("sum_slots of ", op.size, " numbers, batch ", batch);
        Bench bench(op, batch);
        bench.fill(random, Bench::partials, op.partial, op.size * bench.context.slots);
        for (int64_t n = 0; n < op.size; ++n) {
            double sum = 0, magnitude = 0;
            for (int64_t slot = 0; slot < bench.context.slots; ++slot) {
                const double part = bench.at(Bench::partials, op.partial + slot * op.size + n);
                sum += part;
                magnitude += std::fabs(part);
            }
            bench.expect(Bench::gradients, op.gradient + n, sum, rounding(7, magnitude));
        }
        bench.check(random);
    }
}

// Weights of absent pairs of channels count as 0.
TEST(conv2d_connect) {
    Random random(6);
    for (int64_t i = 0; i < share(40); ++i) {
        const Shape s = draw(random, i, false);
        const Op op = convolution("conv2d_connect", random, s);
        Bench bench(op, s.batch);
        bench.fill(random, Bench::shared, op.weight, s.weights());
        const int64_t area = s.window * s.window;
        for (int64_t pair = 0; pair < s.ins * s.outs; ++pair) {
            const bool is_connected = random.flip();
            bench.at(Bench::shared, op.scratch + pair) = is_connected;
            for (int64_t k = pair * area; k < (pair + 1) * area; ++k)
                bench.expect(Bench::shared, op.packed + k,
                             is_connected ? bench.at(Bench::shared, op.weight + k) : 0.0f, 0);
        }
        bench.check(random);
    }
}

// … and have no gradient; that of the others and of the biases stays.
TEST(conv2d_disconnect) {
    Random random(7);
    for (int64_t i = 0; i < share(40); ++i) {
        const Shape s = draw(random, i, true);
        Op op = convolution("conv2d_disconnect", random, s);
        op.size = (s.weights() + s.outs + kLanes - 1) / kLanes * kLanes;
        op.partial = kLanes * random.below(3);
        Bench bench(op, s.batch);
        bench.fill(random, Bench::partials, op.partial, op.size * kMaxSlots);
        const int64_t area = s.window * s.window;
        for (int64_t pair = 0; pair < s.ins * s.outs; ++pair) {
            const bool is_connected = random.flip();
            bench.at(Bench::shared, op.scratch + pair) = is_connected;
            for (int64_t slot = 0; slot < bench.context.slots && !is_connected; ++slot)
                for (int64_t k = pair * area; k < (pair + 1) * area; ++k)
                    bench.expect(Bench::partials, op.partial + slot * op.size + k, 0, 0);
        }
        bench.check(random);
    }
}

}  // namespace
}  // namespace seedbed::tests
