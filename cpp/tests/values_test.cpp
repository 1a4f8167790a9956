// Kernels that move values: every one is exact but for the scale of the pixels.
#include <cmath>

#include "bench.h"

namespace seedbed::tests {
namespace {

struct Shape {
    int64_t batch, channels, height, width;
};

Shape draw(const char* kernel, Random& random, int64_t i) {
    for (;;) {
        Shape s{random.pick<int64_t>({1, 15, 16, 17, 31, 33, 145}), random.pick<int64_t>({1, 2, 3, 5, 17}),
                random.between(1, 15), 1 + i % 35};
        if (s.channels * s.height * s.width * s.batch > 20'000) continue;
        current_case() = text(kernel, ", batch ", s.batch, ", ", s.channels, "x", s.height, "x", s.width);
        return s;
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

// The data set ends with the last pixel that may be read; lanes beyond the batch repeat its last image.
TEST(gather) {
    Random random(51);
    for (int64_t i = 0; i < share(140); ++i) {
        const Shape s = draw("gather", random, i);
        Op op = operation("gather");
        Layout lanes;
        op.out = lanes.image(random, s.channels, s.height, s.width);
        op.weight = random.below(20);
        op.bias = op.weight + s.channels + random.below(20);
        Bench bench(op, s.batch);
        bench.fill(random, Bench::shared, op.weight, s.channels);
        bench.fill(random, Bench::shared, op.bias, s.channels);
        const int64_t size = bench.context.image_size, count = s.batch / 2 + 1;
        std::vector<uint8_t> pixels(static_cast<size_t>(count * size));
        std::vector<float> floats(pixels.size());
        std::vector<int64_t> order(static_cast<size_t>(s.batch));
        for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random.next());
        for (int64_t& index : order) index = random.below(count);
        for (size_t n = 0; n < pixels.size(); ++n) floats[n] = pixels[n];
        if (i % 3)
            bench.context.images = pixels.data();
        else
            bench.context.float_images = floats.data();
        bench.context.order = order.data();
        each(bench, op.out, [&](int64_t g, int64_t c, int64_t y, int64_t x, int64_t lane) {
            const int64_t image = order[static_cast<size_t>(bench.image(g, lane))];
            const double scaled =
                static_cast<double>(pixels[static_cast<size_t>(image * size + (c * s.height + y) * s.width + x)]) *
                bench.at(Bench::shared, op.weight + c);
            const double shift = bench.at(Bench::shared, op.bias + c);
            bench.expect(Bench::lanes, bench.lane(op.out, g, c, y, x, lane), scaled + shift,
                         rounding(1, std::fabs(scaled)) + rounding(1, std::fabs(scaled + shift)));
        });
        bench.check(random);
    }
}

TEST(copy_forward) {
    Random random(52);
    for (int64_t i = 0; i < share(80); ++i) {
        const Shape s = draw("copy_forward", random, i);
        Op op = operation("copy_forward");
        op.padding = static_cast<int32_t>(random.below(4));
        op.activation = kActivations[random.below(5)];
        Layout lanes;
        op.in = lanes.image(random, s.channels, s.height, s.width);
        op.out = lanes.image(random, s.channels, s.height + 2 * op.padding, s.width + 2 * op.padding);
        Bench bench(op, s.batch);
        bench.fill(random, op.in);
        each(bench, op.out, [&](int64_t g, int64_t c, int64_t y, int64_t x, int64_t lane) {
            const int64_t in_y = y - op.padding, in_x = x - op.padding;
            const bool inside = in_y >= 0 && in_y < s.height && in_x >= 0 && in_x < s.width;
            const double z = inside ? bench.value(op.in, g, c, in_y, in_x, lane) : 0;
            bench.expect(Bench::lanes, bench.lane(op.out, g, c, y, x, lane), activated(op.activation, z),
                         activated_bound(op.activation, z, 0));
        });
        bench.check(random);
    }
}

TEST(copy_backward) {
    Random random(53);
    for (int64_t i = 0; i < share(80); ++i) {
        const Shape s = draw("copy_backward", random, i);
        Op op = operation("copy_backward");
        op.padding = static_cast<int32_t>(random.below(4));
        op.activation = kActivations[random.below(5)];
        Layout lanes;
        op.in = lanes.image(random, s.channels, s.height, s.width);
        op.out = lanes.image(random, s.channels, s.height + 2 * op.padding, s.width + 2 * op.padding);
        Bench bench(op, s.batch);
        bench.fill(random, op.in, op.activation);
        bench.fill_gradient(random, op.out);
        each(bench, op.in, [&](int64_t g, int64_t c, int64_t y, int64_t x, int64_t lane) {
            const double gradient = bench.value(op.out, g, c, y + op.padding, x + op.padding, lane);
            const double a = bench.value(op.in, g, c, y, x, lane), d = derivative(op.activation, a);
            const bool exact = op.activation == Activation::none || op.activation == Activation::relu;
            bench.expect(Bench::lanes, bench.lane(op.in, g, c, y, x, lane), gradient * d,
                         exact ? 0 : derived_bound(op.activation, a, 1, std::fabs(gradient)));
        });
        bench.check(random);
    }
}

// Flat values, rows with a border beside them, rows and channels without; other values lie before them.
TEST(write_values) {
    Random random(54);
    for (int64_t i = 0; i < share(120); ++i) {
        Op op = operation("write_values");
        Layout lanes;
        if (random.flip())
            op.in = lanes.flat(random, random.pick<int64_t>({1, 2, 3, 10, 16, 17, 100, 256}));
        else
            op.in = lanes.image(random, random.between(1, 5), random.between(1, 9), random.between(1, 35), 0, random.below(3));
        if (random.below(3) == 0) op.in.row_stride = op.in.width, op.in.channel_stride = op.in.height * op.in.width;
        op.place = random.below(40);
        const View& v = op.in;
        const int64_t batch = random.pick<int64_t>({1, 15, 16, 17, 31, 33, 145}), size = v.channels * v.height * v.width;
        current_case() = text("write_values, batch ", batch, ", ", v.channels, "x", v.height, "x", v.width, " behind ",
                              op.place);
        Bench bench(op, batch);
        bench.fill(random, v);
        bench.each_image([&](int64_t image, int64_t g, int64_t lane) {
            for (int64_t c = 0; c < v.channels; ++c)
                for (int64_t y = 0; y < v.height; ++y)
                    for (int64_t x = 0; x < v.width; ++x)
                        bench.expect(Bench::outputs,
                                     op.place * batch + image * size + (c * v.height + y) * v.width + x,
                                     bench.value(v, g, c, y, x, lane), 0);
        });
        bench.check(random);
    }
}

// How many chains there are is the set's own matter; with factor 0 all of them end in 0.
TEST(peak) {
    Random random(55);
    Op op = operation("peak");
    op.weight = kLanes;
    op.size = 3;
    current_case() = "peak";
    Bench bench(op, 1);
    for (int64_t n = 0; n < kLanes; ++n) {
        bench.at(Bench::shared, op.weight + n) = 0;
        bench.expect(Bench::shared, op.weight + n, 0, 0);
    }
    bench.check(random);
}

}  // namespace
}  // namespace seedbed::tests
