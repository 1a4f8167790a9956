// What the kernels of minimal filtering share: tiles of a lane group, transformed, and the products of channels.
//
// A transform goes down the columns of all tiles first; its rows are taken to products one after the other, so that few numbers are
// on their way at a time. They are [product][channel][tile][lane], or over channels [product][tile][image][channel of a block].
// Between two products lie an odd number of cache lines: a tile's numbers would fall into the same sets otherwise.
#pragma once
#include "conv2d_channels.h"
#include "conv2d_pool.h"
#include "minimal_filter.h"

namespace seedbed::SEEDBED_NAMESPACE {

// Some tiles side by side: `first` of them counts from the left, `row` from the top.
struct Tiles {
    int64_t group, row, first, count;
};

// Floats of a channel block in all images.
constexpr int64_t kPixel = kLanes * kVectorChannels;

// Floats between products of so many vectors.
SEEDBED_INLINE int64_t product_step(int64_t vectors) { return (vectors | 1) * kLanes; }

template <class F>
SEEDBED_INLINE int64_t tile_rows(const Op& op) {
    return (result_rows(op) + F::kTile - 1) / F::kTile;
}
template <class F>
SEEDBED_INLINE int64_t tile_columns(const Op& op) {
    return (result_columns(op) + F::kTile - 1) / F::kTile;
}

// Columns of values that so many tiles side by side meet.
template <class F>
SEEDBED_INLINE int64_t value_columns(int64_t tiles) {
    return tiles * F::kTile + F::kWindow - 1;
}

// Calls f(tiles) for all tiles of one row of them, as many at a time as the operation says.
template <class F, class Work>
SEEDBED_INLINE void in_tiles(const Op& op, int64_t group, int64_t row, Work work) {
    in_lengths(tile_columns<F>(op), op.tiles, [&](int64_t first, int64_t end) { work(Tiles{group, row, first, end - first}); });
}

// Values of some tiles, transformed down the columns: [row of products][channel][column][lane].
template <class F>
void transform_columns(const Op& op, const Context& ctx, const Tiles& tiles, float* to) {
    constexpr int side = F::kSide;
    const int64_t y = tiles.row * F::kTile - op.padding, x = tiles.first * F::kTile - op.padding;
    const int64_t columns = value_columns<F>(tiles.count), step = product_step(op.in.channels * columns);
    const int64_t row_step = op.in.row_stride * kLanes;
    const bool is_inside = y >= 0 && y + side <= op.in.height;
    for (int64_t c = 0; c < op.in.channels; ++c)
        for (int64_t i = 0; i < columns; ++i, to += kLanes) {
            const auto put = [&](int row, Vector v) SEEDBED_INLINED { store(to + row * step, v); };
            const float* column = at(ctx, op.in, tiles.group, c, y, x + i);
            if (x + i < 0 || x + i >= op.in.width)
                for (int row = 0; row < side; ++row) put(row, zero());
            else if (is_inside)
                apply_along<typename F::OfValues>([&](int k) SEEDBED_INLINED { return load(column + k * row_step); }, put);
            else
                apply_along<typename F::OfValues>(
                    [&](int k) SEEDBED_INLINED {
                        return y + k >= 0 && y + k < op.in.height ? load(column + k * row_step) : zero();
                    },
                    put);
        }
}

// A row of products' values V, [product][channel][tile][lane], from columns that were transformed.
template <class F>
void transform_rows(const Op& op, const Tiles& tiles, const float* columns, float* to) {
    const int64_t step = product_step(op.in.channels * tiles.count);
    for (int64_t c = 0; c < op.in.channels; ++c, columns += value_columns<F>(tiles.count) * kLanes)
        for (int64_t t = 0; t < tiles.count; ++t, to += kLanes)
            apply_along<typename F::OfValues>(
                [&](int j) SEEDBED_INLINED { return load(columns + (t * F::kTile + j) * kLanes); },
                [&](int j, Vector v) SEEDBED_INLINED { store(to + j * step, v); });
}

// sums[image][channel of a block] = Σ over `terms` of weights[term][channel] · values[term][image].
template <int Images>
[[gnu::noinline]] void multiply_images(const float* weights, const float* values, int64_t terms, int64_t step, float* sums) {
    Vector sum[Images][kChannelVectors];
    SEEDBED_UNROLL
    for (int i = 0; i < Images; ++i)
        SEEDBED_UNROLL
        for (int v = 0; v < kChannelVectors; ++v) sum[i][v] = zero();
    for (; terms > 0; --terms, weights += kVectorChannels, values += step) {
        Vector w[kChannelVectors];
        SEEDBED_UNROLL
        for (int v = 0; v < kChannelVectors; ++v) w[v] = load(weights + v * kLanes);
        SEEDBED_UNROLL
        for (int i = 0; i < Images; ++i) {
            const Vector x = splat(values[i]);
            SEEDBED_UNROLL
            for (int v = 0; v < kChannelVectors; ++v) sum[i][v] = fma(w[v], x, sum[i][v]);
        }
    }
    SEEDBED_UNROLL
    for (int i = 0; i < Images; ++i)
        SEEDBED_UNROLL
        for (int v = 0; v < kChannelVectors; ++v) store(sums + (i * kChannelVectors + v) * kLanes, sum[i][v]);
}

// A row of products of some tiles with a block of kVectorChannels: `weights` are [product][block][term][channel], those of the
// row's first product and of this block; `values` are [product][term][tile][lane], `to` is [product][tile][image][channel].
template <class F>
void multiply(const float* weights, int64_t weight_step, const float* values, int64_t terms, const Tiles& tiles,
              int64_t images, float* to) {
    const int64_t value_step = product_step(terms * tiles.count), to_step = product_step(tiles.count * kVectorChannels);
    in_lengths(images, kChannelImages, [&](int64_t image, int64_t image_end) {
        with_size<kChannelImages>(image_end - image, [&](auto size) {
            for (int64_t product = 0; product < F::kSide; ++product)
                for (int64_t t = 0; t < tiles.count; ++t)
                    multiply_images<decltype(size)::value>(
                        weights + product * weight_step, values + product * value_step + t * kLanes + image, terms,
                        tiles.count * kLanes, to + product * to_step + (t * kLanes + image) * kVectorChannels);
        });
    });
}

// Floats between the packed weights of two products.
SEEDBED_INLINE int64_t weight_step(const Op& op) { return product_step(op.in.channels * op.out.channels / kLanes); }

}  // namespace seedbed::SEEDBED_NAMESPACE
