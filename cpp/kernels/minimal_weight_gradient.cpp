// Gradient of a convolution by its weights and bias, by minimal filtering: partial sums of each slot, added up by sum_slots.
//
// Reads: in, out (gradient), partial, kernel_size, padding, tile, tiles, bias_gradient (−1 for none), pool and winners.
// Writes [out][in][k][k] and then [out] for the bias. Uses the thread scratch. The gradient is transposed and vectors run over
// output channels. The sum over images is part of the chain of multiply-adds, image by image; tiles taken at a time have a sum of
// their own, because one chain over all would have up to seven times the rounding errors of the direct way.
#include "conv2d_bias.h"
#include "minimal_blocks.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Gradients of some tiles' results, transposed and transformed down the columns:
// [row of products][block of channels][column][image][channel].
template <class F>
void transform_transposed(const Op& op, const Context& ctx, const Tiles& tiles, float* to) {
    const int64_t rows = result_rows(op), y = tiles.row * F::kTile, x = tiles.first * F::kTile, columns = tiles.count * F::kTile;
    const int64_t step = product_step(columns * op.out.channels), images = images_in(ctx, tiles.group);
    for (int64_t channel = 0; channel < op.out.channels; channel += kLanes)
        for (int64_t b = 0; b < columns; ++b) {
            Vector pixels[F::kTile][kLanes];
            for (int a = 0; a < F::kTile; ++a) {
                const bool is_inside = y + a < rows && x + b < result_columns(op);
                for (int64_t c = 0; c < kLanes; ++c)
                    pixels[a][c] = is_inside ? result_gradient(op, ctx, tiles.group, channel + c, y + a, x + b) : zero();
                transpose(pixels[a]);
            }
            float* place = to + (channel / kVectorChannels * columns + b) * kPixel + channel % kVectorChannels;
            for (int64_t image = 0; image < images; ++image, place += kVectorChannels)
                apply_along<typename F::OfGradients>([&](int a) SEEDBED_INLINED { return pixels[a][image]; },
                                                     [&](int i, Vector m) SEEDBED_INLINED { store(place + i * step, m); });
        }
}

// … and along the rows: a row of products' gradients M, [product][block of channels][tile][image][channel].
template <class F>
void transform_transposed_rows(const Op& op, const Tiles& tiles, int64_t images, const float* columns, float* to) {
    const int64_t step = product_step(tiles.count * op.out.channels), all = tiles.count * op.out.channels / kVectorChannels;
    for (int64_t n = 0; n < all; ++n, columns += F::kTile * kPixel, to += kPixel)
        for (int64_t number = 0; number < images * kVectorChannels; number += kLanes)
            apply_along<typename F::OfGradients>([&](int b) SEEDBED_INLINED { return load(columns + b * kPixel + number); },
                                                 [&](int j, Vector m) SEEDBED_INLINED { store(to + j * step + number, m); });
}

// Adds to sums[in channel][out channel of a block] the products of some tiles' values and gradients, or begins with them; sums of
// two in channels are `stride` floats apart, values `value_step`.
template <int Ins>
[[gnu::noinline]] void add_products(const float* values, int64_t value_step, const float* gradients, int64_t count, int64_t images,
                                    float* sums, int64_t stride, bool begins) {
    Vector sum[Ins][kChannelVectors];
    SEEDBED_UNROLL
    for (int i = 0; i < Ins; ++i)
        SEEDBED_UNROLL
        for (int v = 0; v < kChannelVectors; ++v) sum[i][v] = zero();
    for (int64_t t = 0; t < count; ++t) {
        const float* value = values + t * kLanes;
        const float* gradient = gradients + t * kLanes * kVectorChannels;
        for (int64_t image = 0; image < images; ++image, gradient += kVectorChannels) {
            Vector g[kChannelVectors];
            SEEDBED_UNROLL
            for (int v = 0; v < kChannelVectors; ++v) g[v] = load(gradient + v * kLanes);
            SEEDBED_UNROLL
            for (int i = 0; i < Ins; ++i) {
                const Vector x = splat(value[i * value_step + image]);
                SEEDBED_UNROLL
                for (int v = 0; v < kChannelVectors; ++v) sum[i][v] = fma(x, g[v], sum[i][v]);
            }
        }
    }
    SEEDBED_UNROLL
    for (int i = 0; i < Ins; ++i)
        SEEDBED_UNROLL
        for (int v = 0; v < kChannelVectors; ++v) {
            float* place = sums + i * stride + v * kLanes;
            store(place, begins ? sum[i][v] : load(place) + sum[i][v]);
        }
}

constexpr int kIns = kAccumulators / kChannelVectors;

// Of a row of products; sums are [product][in][out].
template <class F>
void add_tiles(const Op& op, const Tiles& tiles, int64_t images, const float* values, const float* gradients, float* sums,
               bool begins) {
    const int64_t value_step = product_step(op.in.channels * tiles.count), outs = op.out.channels;
    const int64_t gradient_step = product_step(tiles.count * outs), sum_step = weight_step(op);
    for (int64_t product = 0; product < F::kSide; ++product)
        for (int64_t out = 0; out < outs; out += kVectorChannels)
            in_lengths(op.in.channels, kIns, [&](int64_t in, int64_t in_end) {
                with_size<kIns>(in_end - in, [&](auto size) {
                    add_products<decltype(size)::value>(values + product * value_step + in * tiles.count * kLanes,
                                                        tiles.count * kLanes,
                                                        gradients + product * gradient_step + out * tiles.count * kLanes,
                                                        tiles.count, images, sums + product * sum_step + in * outs + out, outs, begins);
                });
            });
}

// Weight gradients [in][k][k][out] from their products.
template <class F>
void to_weights(const Op& op, const float* sums, float* weights) {
    constexpr int window = F::kWindow * F::kWindow;
    const int64_t outs = op.out.channels, step = weight_step(op);
    for (int64_t in = 0; in < op.in.channels; ++in)
        for (int64_t out = 0; out < outs; out += kLanes) {
            const float* from = sums + in * outs + out;
            float* to = weights + in * window * outs + out;
            apply_both_ways<typename F::ToWeightGradients>(
                [&](int i, int j) SEEDBED_INLINED { return load(from + (i * F::kSide + j) * step); },
                [&](int i, int j, Vector gradient) SEEDBED_INLINED { store(to + (i * F::kWindow + j) * outs, gradient); });
        }
}

template <class F>
void slot_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end, float* result) {
    const int64_t weights = op.in.channels * F::kWindow * F::kWindow, outs = op.out.channels;
    constexpr int side = F::kSide;
    float* sums = ctx.thread_scratch;
    float* columns = sums + F::kProducts * weight_step(op);
    float* values = columns + side * product_step(op.in.channels * value_columns<F>(op.tiles));
    float* gradient_columns = values + side * product_step(op.in.channels * op.tiles);
    float* gradients = gradient_columns + side * product_step(op.tiles * F::kTile * outs);
    float* rows = gradients + side * product_step(op.tiles * outs);
    bool begins = true;
    for (int64_t group = begin; group < end; ++group)
        for (int64_t row = 0; row < tile_rows<F>(op); ++row)
            in_tiles<F>(op, group, row, [&](const Tiles& tiles) {
                const int64_t images = images_in(ctx, group);
                const int64_t value_step = product_step(op.in.channels * value_columns<F>(tiles.count));
                const int64_t gradient_step = product_step(tiles.count * F::kTile * outs);
                transform_columns<F>(op, ctx, tiles, columns);
                transform_transposed<F>(op, ctx, tiles, gradient_columns);
                for (int i = 0; i < side; ++i) {
                    transform_rows<F>(op, tiles, columns + i * value_step, values);
                    transform_transposed_rows<F>(op, tiles, images, gradient_columns + i * gradient_step, gradients);
                    add_tiles<F>(op, tiles, images, values, gradients, sums + i * side * weight_step(op), begins);
                }
                begins = false;
            });
    to_weights<F>(op, sums, rows);
    store_transposed(rows, weights, outs, outs, result);
}

}  // namespace

void minimal_weight_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_filter(op, [&](auto filter) {
        for (int64_t slot = begin; slot < end; ++slot) {
            const int64_t first = slot * ctx.groups / ctx.slots, last = (slot + 1) * ctx.groups / ctx.slots;
            float* result = ctx.partials + op.partial + slot * op.size;
            slot_gradient<decltype(filter)>(op, ctx, first, last, result);
            if (op.bias_gradient >= 0)
                bias_gradient(op, ctx, first, last,
                              result + op.out.channels * op.in.channels * op.kernel_size * op.kernel_size);
        }
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
