// Convolutions by minimal filtering against loops in float64. Errors are held to a bound of each: the absolute values of all
// factors, through the same transforms, times the roundings along the longest path.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bench.h"

namespace seedbed::tests {
namespace {

struct Shape {
    int64_t batch, ins, outs, height, width, window, padding, tile, pool, tiles;
    int64_t rows() const { return height + 2 * padding - window + 1; }
    int64_t columns() const { return width + 2 * padding - window + 1; }
    int64_t side() const { return tile + window - 1; }
    int64_t weights() const { return ins * outs * window * window; }
    // Transformed: products lie an odd number of vectors apart.
    int64_t packed() const { return side() * side() * ((ins * outs / kLanes) | 1) * kLanes; }
    int64_t groups() const { return (batch + kLanes - 1) / kLanes; }
    // Results that are computed: those of whole windows to pool.
    int64_t used_rows() const { return rows() / pool * pool; }
    int64_t used_columns() const { return columns() / pool * pool; }
};

Shape draw(Random& random, int64_t i, std::initializer_list<int64_t> ins, std::initializer_list<int64_t> outs) {
    constexpr int64_t kinds[][2] = {{2, 5}, {2, 3}, {3, 3}, {4, 3}};
    for (;;) {
        Shape s{};
        s.tile = kinds[i % 4][0], s.window = kinds[i % 4][1];
        s.batch = random.pick<int64_t>({1, 15, 16, 17, 29, 33});
        s.ins = random.pick(ins), s.outs = random.pick(outs);
        s.height = random.between(1, 11), s.width = random.between(1, 11);
        s.padding = random.below(s.window);
        if (s.rows() < 1 || s.columns() < 1) continue;
        s.pool = s.tile % 2 == 0 && s.rows() > 1 && s.columns() > 1 && random.flip() ? 2 : 1;
        s.tiles = random.between(1, 4);
        if (s.weights() * s.height * s.width * s.groups() > 1'500'000) continue;
        current_case() = text("batch ", s.batch, ", ", s.ins, " -> ", s.outs, " channels of ", s.height, "x", s.width, ", window ",
                              s.window, ", padding ", s.padding, ", pool ", s.pool, ", tile ", s.tile, ", tiles ", s.tiles);
        return s;
    }
}

Op convolution(const char* kernel, Random& random, const Shape& s) {
    Op op = operation(kernel);
    Layout lanes;
    op.in = lanes.image(random, s.ins, s.height, s.width);
    op.out = lanes.image(random, s.outs, s.rows() / s.pool, s.columns() / s.pool);
    op.pool = static_cast<int32_t>(s.pool);
    if (s.pool > 1) op.winners = lanes.flat(random, (op.out.channels * op.out.height * op.out.width + 7) / 8).offset;
    op.kernel_size = static_cast<int32_t>(s.window), op.padding = static_cast<int32_t>(s.padding);
    op.tile = static_cast<int32_t>(s.tile), op.tiles = static_cast<int32_t>(s.tiles);
    op.activation = kActivations[random.below(std::ssize(kActivations))];
    op.weight = random.below(20);
    op.packed = (op.weight + s.weights() + random.below(20) + kLanes - 1) / kLanes * kLanes;
    op.scratch = op.packed + s.packed();
    return op;
}

struct PackedBench : Bench {
    PackedBench(const Op& op, const Shape& s, bool backward) : Bench(op, s.batch, {packing(op, backward)}) {
        may_change(shared, op.packed, s.packed());
        if (backward) may_change(shared, op.scratch, s.packed());
    }
    static Op packing(Op op, bool backward) {
        op.kernel = operation("minimal_pack").kernel;
        if (!backward) op.scratch = -1;
        return op;
    }
};

// The matrices of F(tile, window), [product][column], from the points 0, 1, −1, 1/2 and −2; the last row is that of infinity.
struct Matrices {
    using Matrix = std::vector<std::vector<double>>;
    Matrix a, g, b;

    explicit Matrices(const Shape& s) {
        constexpr double points[] = {0, 1, -1, 0.5, -2};
        const auto side = static_cast<size_t>(s.side()), tile = static_cast<size_t>(s.tile), window = static_cast<size_t>(s.window);
        a.assign(side, std::vector<double>(tile)), g.assign(side, std::vector<double>(window));
        b.assign(side, std::vector<double>(side));
        a[side - 1][tile - 1] = g[side - 1][window - 1] = 1;
        for (size_t i = 0; i < side; ++i) {
            double scale = 1;
            std::vector<double> product{1};
            for (size_t k = 0; k + 1 < side; ++k) {
                if (k == i) continue;
                if (i + 1 < side) scale *= points[i] - points[k];
                product.push_back(0);
                for (size_t n = product.size(); n-- > 0;) product[n] = (n > 0 ? product[n - 1] : 0) - points[k] * product[n];
            }
            std::copy(product.begin(), product.end(), b[i].begin());
            for (size_t j = 0; i + 1 < side && j < tile; ++j) a[i][j] = std::pow(points[i], j);
            for (size_t j = 0; i + 1 < side && j < window; ++j) g[i][j] = std::pow(points[i], j) / scale;
        }
    }
};

using Square = std::vector<double>;

// |M|·x·|M|ᵀ of a square x, or with |M|ᵀ in place of |M|.
Square both_ways(const Matrices::Matrix& m, const Square& x, bool transposed) {
    const size_t rows = transposed ? m[0].size() : m.size(), columns = transposed ? m.size() : m[0].size();
    const auto at = [&](size_t i, size_t j) { return std::fabs(transposed ? m[j][i] : m[i][j]); };
    Square half(rows * columns), y(rows * rows);
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j)
            for (size_t k = 0; k < columns; ++k) half[i * columns + j] += at(i, k) * x[k * columns + j];
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < rows; ++j)
            for (size_t k = 0; k < columns; ++k) y[i * rows + j] += half[i * columns + k] * at(j, k);
    return y;
}

// Roundings of all transforms: each of three goes two ways, with a factor and a sum for each term; and one for G's factors each way.
double transform_terms(const Shape& s) { return static_cast<double>(2 * (2 * s.side() + s.window + s.tile) + 4); }

// Which result of a window the test calls the largest.
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

double result_gradient(Bench& bench, const Shape& s, int64_t group, int64_t out, int64_t y, int64_t x, int64_t lane) {
    if (y >= s.used_rows() || x >= s.used_columns()) return 0;
    if (s.pool == 1) return bench.value(bench.op.out, group, out, y, x, lane);
    if (winner(group, out, y / 2, x / 2, lane) != y % 2 * 2 + x % 2) return 0;
    return bench.value(bench.op.out, group, out, y / 2, x / 2, lane);
}

double value(Bench& bench, const Shape& s, int64_t group, int64_t in, int64_t y, int64_t x, int64_t lane) {
    if (y < 0 || y >= s.height || x < 0 || x >= s.width) return 0;
    return bench.value(bench.op.in, group, in, y, x, lane);
}

double weight(Bench& bench, const Shape& s, int64_t out, int64_t in, int64_t ky, int64_t kx) {
    return bench.at(Bench::shared, bench.op.weight + ((out * s.ins + in) * s.window + ky) * s.window + kx);
}

// |f| over a square of so many numbers a side.
template <class F>
Square square(int64_t side, F f) {
    Square numbers;
    for (int64_t i = 0; i < side * side; ++i) numbers.push_back(std::fabs(f(i / side, i % side)));
    return numbers;
}

std::vector<Square> transformed_weights(Bench& bench, const Shape& s, const Matrices& m) {
    std::vector<Square> all;
    for (int64_t pair = 0; pair < s.outs * s.ins; ++pair)
        all.push_back(both_ways(m.g, square(s.window, [&](int64_t i, int64_t j) { return weight(bench, s, pair / s.ins, pair % s.ins, i, j); }),
                                false));
    return all;
}

struct Sum {
    double value = 0, magnitude = 0;
};

TEST(minimal_pack) {
    Random random(11);
    for (int64_t i = 0; i < share(40); ++i) {
        const bool backward = random.flip();
        const Shape s = backward ? draw(random, i, {32, 64}, {32}) : draw(random, i, {1, 16, 17, 32}, {32, 64});
        Op op = convolution("minimal_pack", random, s);
        if (!backward) op.scratch = -1;
        const Matrices m(s);
        Bench bench(op, s.batch);
        bench.fill(random, Bench::shared, op.weight, s.weights());
        const int64_t step = ((s.ins * s.outs / kLanes) | 1) * kLanes;
        for (int64_t out = 0; out < s.outs; ++out)
            for (int64_t in = 0; in < s.ins; ++in) {
                const auto w = [&](int64_t y, int64_t x) { return weight(bench, s, out, in, y, x); };
                const Square magnitudes = both_ways(m.g, square(s.window, w), false);
                for (int64_t p = 0; p < s.side() * s.side(); ++p) {
                    double u = 0;
                    for (int64_t k = 0; k < s.window * s.window; ++k)
                        u += m.g[p / s.side()][k / s.window] * m.g[p % s.side()][k % s.window] * w(k / s.window, k % s.window);
                    const double bound = rounding(static_cast<double>(2 * s.window + 2), magnitudes[p]);
                    constexpr int64_t block = kVectorChannels;
                    bench.expect(Bench::shared, op.packed + p * step + out / block * block * s.ins + in * block + out % block, u, bound);
                    if (backward)
                        bench.expect(Bench::shared, op.scratch + p * step + in / block * block * s.outs + out * block + in % block, u, bound);
                }
            }
        bench.check(random);
    }
}

TEST(minimal_forward) {
    Random random(12);
    for (int64_t i = 0; i < share(120); ++i) {
        const Shape s = draw(random, i, {1, 3, 16, 17, 32}, {32, 64});
        Op op = convolution("minimal_forward", random, s);
        if (random.below(3)) op.bias = op.scratch + s.packed() + random.below(20);
        if (random.flip()) op.winners = -1;
        const Matrices m(s);
        PackedBench bench(op, s, false);
        bench.fill(random, op.in);
        bench.fill(random, Bench::shared, op.weight, s.weights());
        if (op.bias >= 0) bench.fill(random, Bench::shared, op.bias, s.outs);
        const std::vector<Square> weights = transformed_weights(bench, s, m);
        const double terms = transform_terms(s) + static_cast<double>(s.ins + 1);
        for (int64_t g = 0; g < s.groups(); ++g)
            for (int64_t lane = 0; lane < kLanes; ++lane) {
                const int64_t vectors = (op.out.channels * op.out.height * op.out.width + 7) / 8;
                if (op.pool > 1 && op.winners >= 0)
                    bench.may_change(Bench::lanes, g * bench.context.group_stride + op.winners * kLanes, vectors * kLanes);
                // Lanes without an image get the result of the last one.
                const int64_t from = bench.image(g, lane) - bench.first_image(g);
                std::vector<Sum> results(s.outs * s.used_rows() * s.used_columns());
                const auto result = [&](int64_t out, int64_t y, int64_t x) -> Sum& {
                    return results[(out * s.used_rows() + y) * s.used_columns() + x];
                };
                for (int64_t ty = 0; ty < s.used_rows(); ty += s.tile)
                    for (int64_t tx = 0; tx < s.used_columns(); tx += s.tile) {
                        std::vector<Square> values;
                        for (int64_t in = 0; in < s.ins; ++in)
                            values.push_back(both_ways(m.b, square(s.side(), [&](int64_t y, int64_t x) {
                                return value(bench, s, g, in, ty + y - s.padding, tx + x - s.padding, from);
                            }), false));
                        for (int64_t out = 0; out < s.outs; ++out) {
                            Square products(values[0].size());
                            for (int64_t in = 0; in < s.ins; ++in)
                                for (size_t p = 0; p < products.size(); ++p) products[p] += weights[out * s.ins + in][p] * values[in][p];
                            const Square magnitudes = both_ways(m.a, products, true);
                            for (int64_t n = 0; n < s.tile * s.tile; ++n) {
                                const int64_t y = ty + n / s.tile, x = tx + n % s.tile;
                                if (y >= s.used_rows() || x >= s.used_columns()) continue;
                                const double bias = op.bias < 0 ? 0 : bench.at(Bench::shared, op.bias + out);
                                double sum = bias;
                                for (int64_t in = 0; in < s.ins; ++in)
                                    for (int64_t k = 0; k < s.window * s.window; ++k)
                                        sum += weight(bench, s, out, in, k / s.window, k % s.window) *
                                               value(bench, s, g, in, y + k / s.window - s.padding, x + k % s.window - s.padding, from);
                                result(out, y, x) = {sum, magnitudes[n] + std::fabs(bias)};
                            }
                        }
                    }
                for (int64_t out = 0; out < s.outs; ++out)
                    for (int64_t y = 0; y < op.out.height; ++y)
                        for (int64_t x = 0; x < op.out.width; ++x) {
                            Sum largest = result(out, y * s.pool, x * s.pool);
                            for (int64_t n = 1; n < s.pool * s.pool; ++n) {
                                const Sum other = result(out, y * s.pool + n / 2, x * s.pool + n % 2);
                                largest = {std::max(largest.value, other.value), std::max(largest.magnitude, other.magnitude)};
                            }
                            bench.expect(Bench::lanes, bench.lane(op.out, g, out, y, x, lane), activated(op.activation, largest.value),
                                         activated_bound(op.activation, largest.value, rounding(terms, largest.magnitude)));
                        }
            }
        bench.check(random);
    }
}

TEST(minimal_input_gradient) {
    Random random(13);
    for (int64_t i = 0; i < share(120); ++i) {
        const Shape s = draw(random, i, {32, 64}, {32});
        const Op op = convolution("minimal_input_gradient", random, s);
        const Matrices m(s);
        PackedBench bench(op, s, true);
        bench.fill(random, op.in, op.activation);
        bench.fill_gradient(random, op.out);
        write_winners(bench, s);
        bench.fill(random, Bench::shared, op.weight, s.weights());
        const std::vector<Square> weights = transformed_weights(bench, s, m);
        // At most so many tiles meet in one number.
        const double meet = std::ceil(static_cast<double>(s.side()) / static_cast<double>(s.tile));
        const double terms = transform_terms(s) + static_cast<double>(s.outs) + meet * meet;
        for (int64_t g = 0; g < s.groups(); ++g)
            for (int64_t lane = 0; lane < kLanes; ++lane) {
                std::vector<Sum> gradients(s.ins * s.height * s.width);
                for (int64_t ty = 0; ty < s.used_rows(); ty += s.tile)
                    for (int64_t tx = 0; tx < s.used_columns(); tx += s.tile) {
                        std::vector<Square> given;
                        for (int64_t out = 0; out < s.outs; ++out)
                            given.push_back(both_ways(m.a, square(s.tile, [&](int64_t y, int64_t x) {
                                return result_gradient(bench, s, g, out, ty + y, tx + x, lane);
                            }), false));
                        for (int64_t in = 0; in < s.ins; ++in) {
                            Square products(given[0].size());
                            for (int64_t out = 0; out < s.outs; ++out)
                                for (size_t p = 0; p < products.size(); ++p) products[p] += weights[out * s.ins + in][p] * given[out][p];
                            const Square magnitudes = both_ways(m.b, products, true);
                            for (int64_t n = 0; n < s.side() * s.side(); ++n) {
                                const int64_t y = ty + n / s.side() - s.padding, x = tx + n % s.side() - s.padding;
                                if (y >= 0 && y < s.height && x >= 0 && x < s.width)
                                    gradients[(in * s.height + y) * s.width + x].magnitude += magnitudes[n];
                            }
                        }
                    }
                for (int64_t in = 0; in < s.ins; ++in)
                    for (int64_t y = 0; y < s.height; ++y)
                        for (int64_t x = 0; x < s.width; ++x) {
                            Sum& sum = gradients[(in * s.height + y) * s.width + x];
                            for (int64_t out = 0; out < s.outs; ++out)
                                for (int64_t k = 0; k < s.window * s.window; ++k) {
                                    const int64_t from_y = y + s.padding - k / s.window, from_x = x + s.padding - k % s.window;
                                    if (from_y >= 0 && from_x >= 0)
                                        sum.value += weight(bench, s, out, in, k / s.window, k % s.window) *
                                                     result_gradient(bench, s, g, out, from_y, from_x, lane);
                                }
                            const double a = bench.value(op.in, g, in, y, x, lane);
                            bench.expect(Bench::lanes, bench.lane(op.in, g, in, y, x, lane), sum.value * derivative(op.activation, a),
                                         derived_bound(op.activation, a, terms, sum.magnitude));
                        }
            }
        bench.check(random);
    }
}

TEST(minimal_weight_gradient) {
    Random random(14);
    for (int64_t i = 0; i < share(120); ++i) {
        Shape s = draw(random, i, {1, 3, 16, 17, 32}, {32, 64});
        if (random.below(8) == 0) s.batch = random.pick<int64_t>({129, 145});
        Op op = convolution("minimal_weight_gradient", random, s);
        if (random.below(3)) op.bias_gradient = 0;
        op.size = (s.weights() + (op.bias_gradient >= 0 ? s.outs : 0) + kLanes - 1) / kLanes * kLanes;
        op.partial = kLanes * random.below(3);
        const Matrices m(s);
        Bench bench(op, s.batch);
        bench.fill(random, op.in);
        bench.fill_gradient(random, op.out);
        write_winners(bench, s);
        const Context& context = bench.context;
        for (int64_t slot = 0; slot < context.slots; ++slot) {
            const int64_t first = slot * context.groups / context.slots, last = (slot + 1) * context.groups / context.slots;
            bench.may_change(Bench::partials, op.partial + slot * op.size, op.size);
            std::vector<Square> products(s.ins * s.outs, Square(s.side() * s.side()));
            std::vector<Sum> weights(s.weights()), biases(s.outs);
            double count = 0;
            for (int64_t g = first; g < last; ++g)
                for (int64_t lane = 0; bench.holds_image(g, lane); ++lane) {
                    for (int64_t ty = 0; ty < s.used_rows(); ty += s.tile)
                        for (int64_t tx = 0; tx < s.used_columns(); tx += s.tile, ++count) {
                            std::vector<Square> values;
                            for (int64_t in = 0; in < s.ins; ++in)
                                values.push_back(both_ways(m.b, square(s.side(), [&](int64_t y, int64_t x) {
                                    return value(bench, s, g, in, ty + y - s.padding, tx + x - s.padding, lane);
                                }), false));
                            for (int64_t out = 0; out < s.outs; ++out) {
                                const Square given = both_ways(m.a, square(s.tile, [&](int64_t y, int64_t x) {
                                    return result_gradient(bench, s, g, out, ty + y, tx + x, lane);
                                }), false);
                                for (int64_t in = 0; in < s.ins; ++in)
                                    for (size_t p = 0; p < given.size(); ++p) products[out * s.ins + in][p] += given[p] * values[in][p];
                            }
                        }
                    for (int64_t out = 0; out < s.outs; ++out)
                        for (int64_t y = 0; y < s.used_rows(); ++y)
                            for (int64_t x = 0; x < s.used_columns(); ++x) {
                                const double gradient = result_gradient(bench, s, g, out, y, x, lane);
                                biases[out].value += gradient, biases[out].magnitude += std::fabs(gradient);
                                for (int64_t n = 0; n < s.ins * s.window * s.window; ++n) {
                                    const int64_t in = n / (s.window * s.window), k = n % (s.window * s.window);
                                    weights[out * s.ins * s.window * s.window + n].value +=
                                        gradient * value(bench, s, g, in, y + k / s.window - s.padding, x + k % s.window - s.padding, lane);
                                }
                            }
                }
            for (int64_t pair = 0; pair < s.ins * s.outs; ++pair) {
                const Square magnitudes = both_ways(m.g, products[pair], true);
                for (int64_t k = 0; k < s.window * s.window; ++k)
                    bench.expect(Bench::partials, op.partial + slot * op.size + pair * s.window * s.window + k,
                                 weights[pair * s.window * s.window + k].value, rounding(transform_terms(s) + count, magnitudes[k]));
            }
            for (int64_t out = 0; op.bias_gradient >= 0 && out < s.outs; ++out)
                bench.expect(Bench::partials, op.partial + slot * op.size + s.weights() + out, biases[out].value,
                             rounding(static_cast<double>((last - first) * s.rows() * s.columns() + 8), biases[out].magnitude));
        }
        bench.check(random);
    }
}

}  // namespace
}  // namespace seedbed::tests
