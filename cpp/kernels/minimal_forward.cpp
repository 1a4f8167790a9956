// Convolutions by minimal filtering: out = activation(bias + weight ⋆ in), one lane group at a time, with `pool` 2 the largest of
// each 2 × 2 results before the activation.
//
// Reads: in, out, packed (see minimal_pack), bias, kernel_size, padding, tile, tiles, activation, pool, winners. Uses the
// thread scratch. Vectors run over 32 channels of the result and images are taken one by one, so that empty lanes cost
// nothing; each product is one chain of multiply-adds over in channels, and no bit depends on how tiles are taken together.
#include "minimal_blocks.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// The results of a row of products along the rows: [column of a tile][tile][image][channel].
template <class F>
void to_columns(const float* products, int64_t tiles, int64_t images, float* to) {
    const int64_t step = product_step(tiles * kVectorChannels);
    for (int64_t t = 0; t < tiles; ++t)
        for (int64_t number = t * kPixel; number < t * kPixel + images * kVectorChannels; number += kLanes)
            apply_along<typename F::ToResults>(
                [&](int j) SEEDBED_INLINED { return load(products + j * step + number); },
                [&](int j, Vector v) SEEDBED_INLINED { store(to + j * step + number, v); });
}

// … and down the columns: the results of one tile, [result][image][channel].
template <class F>
void to_results(const float* columns, int64_t step, int64_t images, float* to) {
    for (int b = 0; b < F::kTile; ++b)
        for (int64_t number = 0; number < images * kVectorChannels; number += kLanes)
            apply_along<typename F::ToResults>(
                [&](int i) SEEDBED_INLINED { return load(columns + (i * F::kTile + b) * step + number); },
                [&](int a, Vector v) SEEDBED_INLINED { store(to + (a * F::kTile + b) * kPixel + number, v); });
}

Vector bias_of(const Op& op, const Context& ctx, int64_t channel) {
    return op.bias < 0 ? zero() : splat(ctx.shared[op.bias + channel]);
}

// Puts a tile's results in a block of channels where they belong; y, x are those of its first result.
template <class F>
void store_results(const Op& op, const Context& ctx, int64_t group, int64_t channel, int64_t y, int64_t x,
                   const ChannelStrip& strip) {
    const int64_t step = op.out.channel_stride * kLanes;
    with_activation(op.activation, [&](auto act) {
        for (int64_t i = 0; i < smaller(F::kTile, op.out.height - y); ++i)
            for (int64_t j = 0; j < smaller(F::kTile, op.out.width - x); ++j)
                for (int vector = 0; vector < kChannelVectors; ++vector) {
                    const int64_t first = channel + vector * kLanes;
                    Vector block[kLanes];
                    to_lanes(strip, i * F::kTile + j, vector, block);
                    float* out = at(ctx, op.out, group, first, y + i, x + j);
                    for (int64_t c = 0; c < kLanes; ++c)
                        store(out + c * step, act.activate(block[c] + bias_of(op, ctx, first + c)));
                }
    });
}

template <class F>
void store_pooled(const Op& op, const Context& ctx, int64_t group, int64_t channel, int64_t y, int64_t x,
                  const ChannelStrip& strip) {
    const int64_t step = op.out.channel_stride * kLanes;
    with_activation(op.activation, [&](auto act) {
        for (int64_t i = 0; i < smaller(F::kTile / 2, op.out.height - y); ++i)
            for (int64_t j = 0; j < smaller(F::kTile / 2, op.out.width - x); ++j)
                for (int vector = 0; vector < kChannelVectors; ++vector) {
                    const int64_t first = channel + vector * kLanes;
                    Vector block[4][kLanes];
                    for (int64_t n = 0; n < 4; ++n)
                        to_lanes(strip, (2 * i + n / 2) * F::kTile + 2 * j + n % 2, vector, block[n]);
                    float* out = at(ctx, op.out, group, first, y + i, x + j);
                    for (int64_t c = 0; c < kLanes; ++c) {
                        const Vector bias = bias_of(op, ctx, first + c);
                        const Vector results[4] = {block[0][c] + bias, block[1][c] + bias, block[2][c] + bias, block[3][c] + bias};
                        const Vector largest = largest_of(results);
                        if (op.winners >= 0) store_winners(winners_at(op, ctx, group, first + c, y + i, x + j), results, largest);
                        store(out + c * step, act.activate(largest));
                    }
                }
    });
}

template <class F>
void tiles_forward(const Op& op, const Context& ctx, const Tiles& tiles) {
    constexpr int side = F::kSide;
    const int64_t images = images_in(ctx, tiles.group), step = product_step(tiles.count * kVectorChannels);
    const int64_t column_step = product_step(op.in.channels * value_columns<F>(tiles.count));
    float* columns = ctx.thread_scratch;
    float* values = columns + side * product_step(op.in.channels * value_columns<F>(op.tiles));
    float* products = values + side * product_step(op.in.channels * op.tiles);
    float* waiting = products + side * product_step(op.tiles * kVectorChannels);
    // Of a block of channels.
    const int64_t waiting_step = side * F::kTile * product_step(op.tiles * kVectorChannels);
    float* results = waiting + op.out.channels / kVectorChannels * waiting_step;
    transform_columns<F>(op, ctx, tiles, columns);
    for (int row = 0; row < side; ++row) {
        transform_rows<F>(op, tiles, columns + row * column_step, values);
        for (int64_t channel = 0; channel < op.out.channels; channel += kVectorChannels) {
            const float* weights = ctx.shared + op.packed + row * side * weight_step(op) + channel * op.in.channels;
            multiply<F>(weights, weight_step(op), values, op.in.channels, tiles, images, products);
            to_columns<F>(products, tiles.count, images, waiting + channel / kVectorChannels * waiting_step + row * F::kTile * step);
        }
    }
    ChannelStrip strip{};
    strip.sums = results;
    strip.images = images;
    for (int64_t channel = 0; channel < op.out.channels; channel += kVectorChannels)
        for (int64_t t = 0; t < tiles.count; ++t) {
            to_results<F>(waiting + channel / kVectorChannels * waiting_step + t * kPixel, step, images, results);
            const int64_t y = tiles.row * F::kTile, x = (tiles.first + t) * F::kTile;
            if (op.pool > 1)
                store_pooled<F>(op, ctx, tiles.group, channel, y / 2, x / 2, strip);
            else
                store_results<F>(op, ctx, tiles.group, channel, y, x, strip);
        }
}

}  // namespace

void minimal_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_filter(op, [&](auto filter) {
        using F = decltype(filter);
        for (int64_t group = begin; group < end; ++group)
            for (int64_t row = 0; row < tile_rows<F>(op); ++row)
                in_tiles<F>(op, group, row, [&](const Tiles& tiles) { tiles_forward<F>(op, ctx, tiles); });
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
