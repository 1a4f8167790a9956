// Layers of the classics against loops in float64: dropout, functions of single values, distances to centres, response
// normalisation, subsampling.
#include <cmath>

#include "bench.h"

namespace seedbed::tests {
namespace {

struct Case {
    Op op;
    int64_t batch;
    int64_t groups() const { return (batch + kLanes - 1) / kLanes; }
};

Case draw(const char* kernel, Random& random, int64_t i) {
    constexpr int64_t channels[] = {1, 2, 3, 5, 6, 7, 8, 16, 17, 33};
    for (;;) {
        Case c{operation(kernel), random.pick<int64_t>({1, 15, 16, 17, 31, 33, 145})};
        const int64_t height = random.between(1, 9), width = 1 + i * 7 % 15;
        if (channels[i % 10] * height * width * c.groups() > 3000) continue;
        Layout lanes;
        c.op.in = lanes.image(random, channels[i % 10], height, width);
        c.op.out = lanes.image(random, channels[i % 10], height, width);
        c.op.activation = kActivations[random.below(std::ssize(kActivations))];
        current_case() = text(kernel, ", batch ", c.batch, ", ", channels[i % 10], "x", height, "x", width,
                              ", activation ", static_cast<int>(c.op.activation));
        return c;
    }
}

template <class F>
void each(const Bench& bench, const View& v, F f) {
    for (int64_t g = 0; g < bench.context.groups; ++g)
        for (int64_t c = 0; c < v.channels; ++c)
            for (int64_t y = 0; y < v.height; ++y)
                for (int64_t x = 0; x < v.width; ++x)
                    for (int64_t lane = 0; lane < kLanes; ++lane) f(g, c, y, x, lane);
}

// Word `number` mod 4 of the block with the counter (number div 4, sample, epoch, stream): Philox4x32-10, Salmon et al.
// (2011).
uint32_t philox_word(uint64_t seed, int64_t number, int64_t sample, int64_t epoch, int64_t stream) {
    uint32_t counter[] = {static_cast<uint32_t>(number / 4), static_cast<uint32_t>(sample),
                          static_cast<uint32_t>(epoch), static_cast<uint32_t>(stream)};
    uint32_t key[] = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
    for (int round = 0; round < 10; ++round) {
        const uint64_t a = uint64_t{0xD2511F53} * counter[0], b = uint64_t{0xCD9E8D57} * counter[2];
        const uint32_t next[] = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
                                 static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
        std::copy(next, next + 4, counter);
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    return counter[number % 4];
}

// The known answers of Random123's kat_vectors hold this copy of the generator to the original.
TEST(philox_gives_the_published_words) {
    constexpr uint32_t zeros[] = {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8};
    for (int64_t i = 0; i < 4; ++i) {
        const uint32_t word = philox_word(0, i, 0, 0, 0);
        CHECK(word == zeros[i], "word ", i, " is ", word);
    }
}

void draw_mask(Op& op, Random& random) {
    op.factor = 1.25f;
    op.stream = random.below(1000);
    op.threshold = random.pick<int64_t>({0, int64_t{1} << 30, int64_t{1} << 31, 0xFFFFFFFF});
    op.scratch = random.below(20);
    op.size = (op.in.channels * op.in.height * op.in.width + 2 * kLanes - 1) / (2 * kLanes) + random.below(2);
}

int64_t number_of(const View& v, int64_t c, int64_t y, int64_t x) { return (c * v.height + y) * v.width + x; }

// The mask passes from one to the other in the scratch.
TEST(dropout_forward) {
    Random random(71);
    for (int64_t i = 0; i < share(80); ++i) {
        Case c = draw("dropout_forward", random, i);
        draw_mask(c.op, random);
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in);
        bench.may_change(Bench::scratch, c.op.scratch, c.op.size * c.groups() * kLanes);
        std::vector<int64_t> samples(static_cast<size_t>(c.batch));
        for (int64_t& sample : samples) sample = random.below(60'000);
        bench.context.samples = samples.data();
        bench.context.seed = random.next();
        bench.context.epoch = random.below(300);
        each(bench, c.op.in, [&](int64_t g, int64_t channel, int64_t y, int64_t x, int64_t lane) {
            const int64_t sample = samples[static_cast<size_t>(bench.image(g, lane))];
            const uint32_t word = philox_word(bench.context.seed, number_of(c.op.in, channel, y, x), sample,
                                              bench.context.epoch, c.op.stream);
            const Number value = bench.value(c.op.in, g, channel, y, x, lane);
            bench.expect(Bench::lanes, bench.lane(c.op.out, g, channel, y, x, lane),
                         word >= c.op.threshold ? value * Number(c.op.factor) : Number(0));
        });
        bench.check(random);
    }
}

TEST(dropout_backward) {
    Random random(72);
    for (int64_t i = 0; i < share(60); ++i) {
        Case c = draw("dropout_backward", random, i);
        draw_mask(c.op, random);
        // Forward left a mask; its output lies elsewhere, so that the gradient stays.
        Op forward = c.op;
        forward.kernel = operation("dropout_forward").kernel;
        forward.activation = Activation::none;
        forward.out.offset = c.op.out.offset + c.op.out.channels * c.op.out.channel_stride + 3;
        Bench bench(c.op, c.batch, {forward});
        bench.fill(random, c.op.in, c.op.activation);
        bench.fill_gradient(random, c.op.out);
        each(bench, forward.out, [&](int64_t g, int64_t channel, int64_t y, int64_t x, int64_t lane) {
            bench.may_change(Bench::lanes, bench.lane(forward.out, g, channel, y, x, lane), 1);
        });
        bench.may_change(Bench::scratch, c.op.scratch, c.op.size * c.groups() * kLanes);
        std::vector<int64_t> samples(static_cast<size_t>(c.batch));
        for (int64_t& sample : samples) sample = random.below(60'000);
        bench.context.samples = samples.data();
        each(bench, c.op.in, [&](int64_t g, int64_t channel, int64_t y, int64_t x, int64_t lane) {
            const int64_t sample = samples[static_cast<size_t>(bench.image(g, lane))];
            const uint32_t word = philox_word(0, number_of(c.op.in, channel, y, x), sample, 0, c.op.stream);
            const Number gradient = Number(bench.value(c.op.out, g, channel, y, x, lane)) * Number(c.op.factor);
            bench.expect(Bench::lanes, bench.lane(c.op.in, g, channel, y, x, lane),
                         derived(c.op.activation, bench.value(c.op.in, g, channel, y, x, lane),
                                 word >= c.op.threshold ? gradient : Number(0)));
        });
        bench.check(random);
    }
}

Number normal_below(Number x) { return Number(0.5) * erf(x * Number::rounded(std::sqrt(0.5))) + Number(0.5); }

Number value_of(const Op& op, Number x) {
    switch (op.function) {
        case Function::leaky_relu: return x.value > 0 ? x : Number(op.slope) * x;
        case Function::silu: return x * sigmoid(x);
        case Function::gelu: return x * normal_below(x);
    }
    return Number(NAN);
}

Number derivative_of(const Op& op, Number x) {
    switch (op.function) {
        case Function::leaky_relu: return x.value > 0 ? Number(1) : Number(op.slope);
        case Function::silu: {
            const Number s = sigmoid(x);
            return s * (Number(1) + x * (Number(1) - s));
        }
        case Function::gelu: {
            const Number root = Number::rounded(1 / std::sqrt(2 * M_PI));
            return normal_below(x) + x * (root * exp(Number(-0.5) * x * x));
        }
    }
    return Number(NAN);
}

// Values to ±20, where gelu and silu have become straight; their density is as good as 0 from 13 on.
void spread(Bench& bench, Random& random, const View& v) {
    each(bench, v, [&](int64_t g, int64_t c, int64_t y, int64_t x, int64_t lane) {
        bench.at(Bench::lanes, bench.lane(v, g, c, y, x, lane)) *= random.pick({0.01f, 1.0f, 10.0f});
    });
}

TEST(function_forward) {
    Random random(73);
    for (int64_t i = 0; i < share(90); ++i) {
        Case c = draw("function_forward", random, i);
        c.op.function = static_cast<Function>(i % 3);
        c.op.slope = 0.01f;
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in);
        spread(bench, random, c.op.in);
        each(bench, c.op.in, [&](int64_t g, int64_t channel, int64_t y, int64_t x, int64_t lane) {
            bench.expect(Bench::lanes, bench.lane(c.op.out, g, channel, y, x, lane),
                         value_of(c.op, bench.value(c.op.in, g, channel, y, x, lane)));
        });
        bench.check(random);
    }
}

TEST(function_backward) {
    Random random(74);
    for (int64_t i = 0; i < share(90); ++i) {
        Case c = draw("function_backward", random, i);
        c.op.function = static_cast<Function>(i % 3);
        c.op.slope = 0.01f;
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in, c.op.activation);
        if (c.op.activation == Activation::none) spread(bench, random, c.op.in);
        bench.fill_gradient(random, c.op.out);
        each(bench, c.op.in, [&](int64_t g, int64_t channel, int64_t y, int64_t x, int64_t lane) {
            const double in = bench.value(c.op.in, g, channel, y, x, lane);
            const Number gradient = bench.value(c.op.out, g, channel, y, x, lane);
            bench.expect(Bench::lanes, bench.lane(c.op.in, g, channel, y, x, lane),
                         derived(c.op.activation, in, gradient * derivative_of(c.op, in)));
        });
        bench.check(random);
    }
}

Case draw_centres(const char* kernel, Random& random, int64_t i) {
    constexpr int64_t features[] = {1, 2, 7, 10, 16, 17, 84};
    Case c{operation(kernel), random.pick<int64_t>({1, 15, 16, 17, 33})};
    Layout lanes;
    c.op.in = lanes.flat(random, features[i % 7]);
    c.op.out = lanes.flat(random, features[random.below(7)]);
    c.op.activation = kActivations[random.below(5)];
    c.op.weight = random.below(20);
    current_case() = text(kernel, ", batch ", c.batch, ", ", c.op.in.channels, " -> ", c.op.out.channels);
    return c;
}

TEST(rbf_forward) {
    Random random(75);
    for (int64_t i = 0; i < share(40); ++i) {
        const Case c = draw_centres("rbf_forward", random, i);
        const int64_t ins = c.op.in.channels;
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in);
        bench.fill(random, Bench::shared, c.op.weight, ins * c.op.out.channels);
        each(bench, c.op.out, [&](int64_t g, int64_t k, int64_t, int64_t, int64_t lane) {
            Number sum = 0.0;
            for (int64_t j = 0; j < ins; ++j) {
                const Number distance = Number(bench.value(c.op.in, g, j, 0, 0, lane)) -
                                        Number(bench.at(Bench::shared, c.op.weight + k * ins + j));
                sum = sum + distance * distance;
            }
            bench.expect(Bench::lanes, bench.lane(c.op.out, g, k, 0, 0, lane), Number(0) - sum);
        });
        bench.check(random);
    }
}

TEST(rbf_backward) {
    Random random(76);
    for (int64_t i = 0; i < share(40); ++i) {
        const Case c = draw_centres("rbf_backward", random, i);
        const int64_t ins = c.op.in.channels;
        Bench bench(c.op, c.batch);
        bench.fill(random, c.op.in, c.op.activation);
        bench.fill_gradient(random, c.op.out);
        bench.fill(random, Bench::shared, c.op.weight, ins * c.op.out.channels);
        each(bench, c.op.in, [&](int64_t g, int64_t j, int64_t, int64_t, int64_t lane) {
            const double in = bench.value(c.op.in, g, j, 0, 0, lane);
            Number sum = 0.0;
            for (int64_t k = 0; k < c.op.out.channels; ++k)
                sum = sum + Number(bench.value(c.op.out, g, k, 0, 0, lane)) *
                                (Number(in) - Number(bench.at(Bench::shared, c.op.weight + k * ins + j)));
            bench.expect(Bench::lanes, bench.lane(c.op.in, g, j, 0, 0, lane),
                         derived(c.op.activation, in, Number(-2) * sum));
        });
        bench.check(random);
    }
}

}  // namespace
}  // namespace seedbed::tests
