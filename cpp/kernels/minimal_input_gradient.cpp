// Gradient of a convolution by its input, by minimal filtering: the products of the forward pass, turned round. The tiles are those
// of the results, so that results that a convolution without padding does not have are not computed, as zeros, either.
//
// Reads: in (the value to overwrite), out (gradient), scratch (see minimal_pack), kernel_size, padding, tile, tiles,
// activation (of the value in `in`), pool and winners. Uses the thread scratch. Where tiles overlap, those taken at a time are added
// first: `tiles` is part of what decides the bits.
#include "minimal_blocks.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Gradients of some tiles' results, transformed down the columns: [row of products][channel][column][lane].
template <class F>
void transform_gradients(const Op& op, const Context& ctx, const Tiles& tiles, float* to) {
    const int64_t rows = result_rows(op), y = tiles.row * F::kTile, x = tiles.first * F::kTile, columns = tiles.count * F::kTile;
    const int64_t step = product_step(op.out.channels * columns);
    for (int64_t c = 0; c < op.out.channels; ++c)
        for (int64_t b = 0; b < columns; ++b, to += kLanes)
            apply_along<typename F::OfGradients>(
                [&](int a) SEEDBED_INLINED {
                    return y + a < rows && x + b < result_columns(op) ? result_gradient(op, ctx, tiles.group, c, y + a, x + b) : zero();
                },
                [&](int i, Vector m) SEEDBED_INLINED { store(to + i * step, m); });
}

// … and along the rows: a row of products' gradients M, [product][channel][tile][lane].
template <class F>
void transform_gradient_rows(const Op& op, const Tiles& tiles, const float* columns, float* to) {
    const int64_t step = product_step(op.out.channels * tiles.count);
    for (int64_t n = 0; n < op.out.channels * tiles.count; ++n, columns += F::kTile * kLanes, to += kLanes)
        apply_along<typename F::OfGradients>([&](int b) SEEDBED_INLINED { return load(columns + b * kLanes); },
                                             [&](int j, Vector m) SEEDBED_INLINED { store(to + j * step, m); });
}

// The input's gradients that wait for the tiles below: F::kSide rows in turn, with the columns that tiles reach, each
// [block of channels][row][column][image][channel].
template <class F>
struct Waiting {
    float* first;
    int64_t columns;
    float* row(int64_t block, int64_t y) const { return first + (block * F::kSide + y % F::kSide) * columns * kPixel; }
};

// A row of products along the rows of the input, where tiles overlap: [column][image][channel].
template <class F>
void to_columns(const float* products, int64_t tiles, int64_t images, float* to) {
    const int64_t step = product_step(tiles * kVectorChannels);
    for (int64_t t = 0; t < tiles; ++t)
        for (int64_t number = 0; number < images * kVectorChannels; number += kLanes)
            apply_along<typename F::ToInputGradients>(
                [&](int j) SEEDBED_INLINED { return load(products + j * step + t * kPixel + number); },
                [&](int j, Vector v) SEEDBED_INLINED {
                    float* place = to + (t * F::kTile + j) * kPixel + number;
                    store(place, t > 0 && j < F::kWindow - 1 ? load(place) + v : v);
                });
}

// … and down the columns, added to what waits.
template <class F>
void add_columns(const Tiles& tiles, int64_t images, const float* columns, int64_t step, const Waiting<F>& waiting, int64_t block) {
    float* rows[F::kSide];
    for (int i = 0; i < F::kSide; ++i) rows[i] = waiting.row(block, tiles.row * F::kTile + i) + tiles.first * F::kTile * kPixel;
    for (int64_t column = 0; column < value_columns<F>(tiles.count); ++column)
        for (int64_t number = column * kPixel; number < column * kPixel + images * kVectorChannels; number += kLanes)
            apply_along<typename F::ToInputGradients>(
                [&](int i) SEEDBED_INLINED { return load(columns + i * step + number); },
                [&](int i, Vector v) SEEDBED_INLINED { store(rows[i] + number, load(rows[i] + number) + v); });
}

// Ends row y of the input in all channels: gradients that nothing met are 0.
template <class F>
void end_row(const Op& op, const Context& ctx, int64_t group, int64_t y, const Waiting<F>& waiting, bool is_met) {
    const int64_t step = op.in.channel_stride * kLanes;
    const Mask holds_image = greater(valid_lanes(ctx, group), zero());
    ChannelStrip strip{};
    strip.images = images_in(ctx, group);
    with_activation(op.activation, [&](auto act) {
        for (int64_t channel = 0; channel < op.in.channels; channel += kVectorChannels)
            for (int64_t x = 0; x < op.in.width; ++x)
                for (int vector = 0; vector < kChannelVectors; ++vector) {
                    float* in = at(ctx, op.in, group, channel + vector * kLanes, y, x);
                    Vector block[kLanes] = {};
                    if (is_met && x + op.padding < waiting.columns) {
                        strip.sums = waiting.row(channel / kVectorChannels, y + op.padding);
                        to_lanes(strip, x + op.padding, vector, block);
                    }
                    for (int64_t c = 0; c < kLanes; ++c)
                        store(in + c * step, act.derive(select(holds_image, block[c], zero()), load(in + c * step)));
                }
    });
}

template <class F>
void group_gradient(const Op& op, const Context& ctx, int64_t group) {
    constexpr int side = F::kSide;
    const int64_t images = images_in(ctx, group), blocks = op.in.channels / kVectorChannels;
    float* gradients = ctx.thread_scratch;
    float* rows = gradients + side * product_step(op.out.channels * op.tiles * F::kTile);
    float* products = rows + side * product_step(op.out.channels * op.tiles);
    float* columns = products + side * product_step(op.tiles * kVectorChannels);
    const int64_t column_step = product_step(value_columns<F>(op.tiles) * kVectorChannels);
    const Waiting<F> waiting{columns + blocks * side * column_step, value_columns<F>(tile_columns<F>(op))};
    const auto clear = [&](int64_t y) {
        for (int64_t block = 0; block < blocks; ++block)
            for (int64_t i = 0; i < waiting.columns * kPixel; i += kLanes) store(waiting.row(block, y) + i, zero());
    };
    for (int64_t y = 0; y < F::kSide; ++y) clear(y);
    // Rows of the input as tiles count them: those of the padding come first.
    int64_t y = 0;
    const auto end_rows = [&](int64_t until, bool is_met) {
        for (; y < until; ++y) {
            if (y >= op.padding && y < op.in.height + op.padding) end_row<F>(op, ctx, group, y - op.padding, waiting, is_met);
            clear(y);
        }
    };
    for (int64_t row = 0; row < tile_rows<F>(op); ++row) {
        in_tiles<F>(op, group, row, [&](const Tiles& tiles) {
            transform_gradients<F>(op, ctx, tiles, gradients);
            const int64_t gradient_step = product_step(op.out.channels * tiles.count * F::kTile);
            for (int i = 0; i < side; ++i) {
                transform_gradient_rows<F>(op, tiles, gradients + i * gradient_step, rows);
                for (int64_t block = 0; block < blocks; ++block) {
                    const float* weights =
                        ctx.shared + op.scratch + i * side * weight_step(op) + block * kVectorChannels * op.out.channels;
                    multiply<F>(weights, weight_step(op), rows, op.out.channels, tiles, images, products);
                    to_columns<F>(products, tiles.count, images, columns + (block * side + i) * column_step);
                }
            }
            for (int64_t block = 0; block < blocks; ++block)
                add_columns<F>(tiles, images, columns + block * side * column_step, column_step, waiting, block);
        });
        end_rows((row + 1) * F::kTile, true);
    }
    end_rows(tile_rows<F>(op) * F::kTile + F::kWindow - 1, true);
    end_rows(op.in.height + op.padding, false);
}

}  // namespace

void minimal_input_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_filter(op, [&](auto filter) {
        for (int64_t group = begin; group < end; ++group) group_gradient<decltype(filter)>(op, ctx, group);
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
