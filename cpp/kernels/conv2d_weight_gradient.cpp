// Gradient of a convolution by its weights and bias: partial sums of each slot, added up by sum_slots.
//
// Reads: in (with `padding` columns of zeros left and right), out (gradient), partial, kernel_size, stride, padding,
// bias_gradient (−1 for none), over_channels, pool and winners. Writes [out][in][k][k] and then [out] for the bias. Uses the thread scratch.
//
// Two ways. Vectors run over images, and each weight needs a sum over lanes at the end; or the gradient is transposed, vectors
// run over output channels, and the sum over images is part of the chain of multiply-adds. To transpose pays with many
// channels: then the first way has more sums than fit the cache.
#include "conv2d_bias.h"
#include "conv2d_block.h"
#include "conv2d_pool.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Output rows whose window row `ky` lies within the value.
SEEDBED_INLINE int64_t first_row(const Op& op, int64_t ky) {
    return larger(0, (op.padding - ky + op.stride - 1) / op.stride);
}
SEEDBED_INLINE int64_t end_row(const Op& op, int64_t ky) {
    const int64_t last = op.in.height - 1 + op.padding - ky;
    return last < 0 ? 0 : smaller(result_rows(op), last / op.stride + 1);
}

// A band of rows of one lane group that stays in the first-level cache; steps in floats.
struct Band {
    int64_t group, begin, end;
    const float* gradient;  // of the first output channel of a block, row `begin`
    int64_t channel_step, row_step;
};

// Adds a band's part to the weight gradient of a block of output channels × window columns, for one input channel and
// window row. The sums, one vector over lanes per weight, wait in `sums` between bands.
template <int Channels, int Window>
void lanes_block(const Op& op, const Context& ctx, const Band& band, int64_t in, int64_t ky, int64_t kx, float* sums) {
    const int64_t step = op.stride * kLanes, columns = result_columns(op);
    const int64_t next = op.in.channels * op.kernel_size * op.kernel_size * kLanes;
    const int64_t end = smaller(band.end, end_row(op, ky));
    Vector sum[Channels][Window];
    SEEDBED_UNROLL
    for (int c = 0; c < Channels; ++c)
        SEEDBED_UNROLL
        for (int k = 0; k < Window; ++k) sum[c][k] = load(sums + c * next + k * kLanes);
    for (int64_t y = larger(band.begin, first_row(op, ky)); y < end; ++y) {
        const float* gradient = band.gradient + (y - band.begin) * band.row_step;
        const float* value = at(ctx, op.in, band.group, in, y * op.stride + ky - op.padding, kx - op.padding);
        for (int64_t x = 0; x < columns; ++x) {
            Vector g[Channels];
            SEEDBED_UNROLL
            for (int c = 0; c < Channels; ++c) g[c] = load(gradient + c * band.channel_step);
            SEEDBED_UNROLL
            for (int k = 0; k < Window; ++k) {
                const Vector v = load(value + k * kLanes);
                SEEDBED_UNROLL
                for (int c = 0; c < Channels; ++c) sum[c][k] = fma(g[c], v, sum[c][k]);
            }
            gradient += kLanes;
            value += step;
        }
    }
    SEEDBED_UNROLL
    for (int c = 0; c < Channels; ++c)
        SEEDBED_UNROLL
        for (int k = 0; k < Window; ++k) store(sums + c * next + k * kLanes, sum[c][k]);
}

template <int Channels, int Window>
void lanes_columns(const Op& op, const Context& ctx, const Band& band, int64_t& kx, float* sums) {
    for (; kx + Window <= op.kernel_size; kx += Window)
        for (int64_t in = 0; in < op.in.channels; ++in)
            for (int64_t ky = 0; ky < op.kernel_size; ++ky)
                lanes_block<Channels, Window>(op, ctx, band, in, ky, kx,
                                              sums + ((in * op.kernel_size + ky) * op.kernel_size + kx) * kLanes);
}

// Rows [y, y_end) of a block of output channels; gradients of pooled results are spread out into `spread`.
template <int Channels>
Band band_of(const Op& op, const Context& ctx, int64_t group, int64_t out, int64_t y, int64_t y_end, float* spread) {
    if (op.pool == 1)
        return {group, y, y_end, at(ctx, op.out, group, out, y), op.out.channel_stride * kLanes, op.out.row_stride * kLanes};
    const int64_t row_step = result_columns(op) * kLanes, channel_step = (y_end - y) * row_step;
    for (int64_t c = 0; c < Channels; ++c)
        for (int64_t row = y; row < y_end; ++row)
            spread_row(op, ctx, group, out + c, row, spread + c * channel_step + (row - y) * row_step);
    return {group, y, y_end, spread, channel_step, row_step};
}

template <int Channels>
void lanes_channels(const Op& op, const Context& ctx, int64_t begin, int64_t end, int64_t& out, float* result) {
    const int64_t rows = larger(1, kBandVectors / (Channels * result_columns(op) + op.in.row_stride));
    const int64_t weights = op.in.channels * op.kernel_size * op.kernel_size;
    float* sums = ctx.thread_scratch;
    for (; out + Channels <= op.out.channels; out += Channels) {
        for (int64_t i = 0; i < Channels * weights; ++i) store(sums + i * kLanes, zero());
        for (int64_t group = begin; group < end; ++group)
            in_lengths(result_rows(op), rows, [&](int64_t y, int64_t y_end) {
                const Band band = band_of<Channels>(op, ctx, group, out, y, y_end, sums + kMaxChannelBlock * weights * kLanes);
                int64_t kx = 0;
                lanes_columns<Channels, 5>(op, ctx, band, kx, sums);
                lanes_columns<Channels, 3>(op, ctx, band, kx, sums);
                lanes_columns<Channels, 1>(op, ctx, band, kx, sums);
            });
        for (int64_t i = 0; i < Channels * weights; i += kLanes) {
            Vector block[kLanes];
            for (int64_t j = 0; j < kLanes; ++j)
                block[j] = i + j < Channels * weights ? load(sums + (i + j) * kLanes) : zero();
            store_up_to(result + out * weights + i, sum_each(block), Channels * weights - i);
        }
    }
}

// Vectors of output channels that a block takes: of two, many pixels of the transposed gradient fit the first-level cache, and
// sums wait less often.
constexpr int kChannelWidth = 2;

// Some rows × pixels of the output of one lane group, the gradient transposed: [block of vectors][row][pixel][image][output
// channel]. The sums of a weight's output channels are `stride` floats.
struct Piece {
    int64_t group, y, y_end, x, pixels, images;
    float* gradient;
    int64_t stride;
    // Of the block that begins with this vector.
    SEEDBED_INLINE float* block(int64_t vector) const { return gradient + vector * (y_end - y) * pixels * kLanes * kLanes; }
};

// Adds a piece's part for a block of input channels × window columns × vectors of output channels, for one window row. The
// sums of weight (in, ky, kx) wait at sums[((in·k + ky)·k + kx)·stride].
//
// Values of neighbouring window columns lie side by side: the loop needs one pointer for each input channel.
template <int Ins, int Window, int Vectors>
void channel_block(const Op& op, const Context& ctx, const Piece& piece, int64_t in, int64_t ky, int64_t kx, int64_t vector,
                  float* sums) {
    const int64_t k = op.kernel_size, next = k * k * piece.stride, channel = op.in.channel_stride * kLanes;
    const int64_t begin = larger(piece.y, first_row(op, ky)), end = smaller(piece.y_end, end_row(op, ky));
    sums += ((in * k + ky) * k + kx) * piece.stride + vector * kLanes;
    Vector sum[Ins][Window][Vectors];
    SEEDBED_UNROLL
    for (int i = 0; i < Ins; ++i)
        SEEDBED_UNROLL
        for (int w = 0; w < Window; ++w)
            SEEDBED_UNROLL
            for (int v = 0; v < Vectors; ++v) sum[i][w][v] = load(sums + i * next + w * piece.stride + v * kLanes);
    const float* gradient = piece.block(vector) + (begin - piece.y) * piece.pixels * kLanes * Vectors * kLanes;
    for (int64_t y = begin; y < end; ++y) {
        const float* value = at(ctx, op.in, piece.group, in, y * op.stride + ky - op.padding,
                                piece.x * op.stride + kx - op.padding);
        for (int64_t pixel = 0; pixel < piece.pixels; ++pixel) {
            for (int64_t image = 0; image < piece.images; ++image) {
                Vector g[Vectors];
                SEEDBED_UNROLL
                for (int v = 0; v < Vectors; ++v) g[v] = load(gradient + v * kLanes);
                SEEDBED_UNROLL
                for (int i = 0; i < Ins; ++i)
                    SEEDBED_UNROLL
                    for (int w = 0; w < Window; ++w) {
                        const Vector x = splat(value[i * channel + w * kLanes + image]);
                        SEEDBED_UNROLL
                        for (int v = 0; v < Vectors; ++v) sum[i][w][v] = fma(x, g[v], sum[i][w][v]);
                    }
                gradient += Vectors * kLanes;
            }
            gradient += (kLanes - piece.images) * Vectors * kLanes;
            value += op.stride * kLanes;
        }
    }
    SEEDBED_UNROLL
    for (int i = 0; i < Ins; ++i)
        SEEDBED_UNROLL
        for (int w = 0; w < Window; ++w)
            SEEDBED_UNROLL
            for (int v = 0; v < Vectors; ++v) store(sums + i * next + w * piece.stride + v * kLanes, sum[i][w][v]);
}

// Window columns from kx on, as many as fill blocks of `Window`, of all input channels and window rows.
template <int Window, int Vectors>
void channel_columns(const Op& op, const Context& ctx, const Piece& piece, int64_t& kx, int64_t vector, float* sums) {
    constexpr int rows = kAccumulators / Vectors;
    if constexpr (Window <= rows) {
        for (; kx + Window <= op.kernel_size; kx += Window)
            for (int64_t ky = 0; ky < op.kernel_size; ++ky) {
                if (piece.y_end <= first_row(op, ky) || piece.y >= end_row(op, ky)) continue;
                in_heights<smaller(rows / Window, 4)>(0, op.in.channels, [&](auto ins, int64_t in) {
                    channel_block<decltype(ins)::value, Window, Vectors>(op, ctx, piece, in, ky, kx, vector, sums);
                });
            }
    }
}

// Transposes the gradient of a piece: sixteen output channels × sixteen images at a time.
void transpose_gradient(const Op& op, const Context& ctx, const Piece& piece, int64_t vectors) {
    for (int64_t vector = 0; vector < vectors; ++vector) {
        const int64_t first = vector / kChannelWidth * kChannelWidth, out = vector * kLanes;
        const int64_t step = smaller(kChannelWidth, vectors - first) * kLanes;
        float* to = piece.block(first) + (vector - first) * kLanes;
        for (int64_t y = piece.y; y < piece.y_end; ++y)
            for (int64_t pixel = 0; pixel < piece.pixels; ++pixel, to += kLanes * step) {
                Vector block[kLanes];
                for (int64_t i = 0; i < kLanes; ++i)
                    block[i] = out + i < op.out.channels ? result_gradient(op, ctx, piece.group, out + i, y, piece.x + pixel)
                                                         : zero();
                transpose(block);
                for (int64_t image = 0; image < kLanes; ++image) store(to + image * step, block[image]);
            }
    }
}

void slot_over_channels(const Op& op, const Context& ctx, int64_t begin, int64_t end, float* result) {
    const int64_t k = op.kernel_size, weights = op.in.channels * k * k;
    const int64_t vectors = (op.out.channels + kLanes - 1) / kLanes, stride = vectors * kLanes;
    float* sums = ctx.thread_scratch;
    float* transposed = sums + weights * stride;
    // A ky that no row meets at all leaves its sums untouched.
    for (int64_t i = 0; i < weights * stride; i += kLanes) store(sums + i, zero());
    // Several rows of a narrow value: sums wait less often.
    const int64_t rows = larger(1, kChannelPixels / result_columns(op));
    for (int64_t group = begin; group < end; ++group)
        in_lengths(result_rows(op), rows, [&](int64_t y, int64_t y_end) {
            in_lengths(result_columns(op), kChannelPixels, [&](int64_t x, int64_t x_end) {
                const int64_t images = images_in(ctx, group);
                const Piece piece{group, y, y_end, x, x_end - x, images, transposed, stride};
                transpose_gradient(op, ctx, piece, vectors);
                const auto block = [&](auto width, int64_t vector) {
                    constexpr int Vectors = decltype(width)::value;
                    int64_t kx = 0;
                    channel_columns<5, Vectors>(op, ctx, piece, kx, vector, sums);
                    channel_columns<3, Vectors>(op, ctx, piece, kx, vector, sums);
                    channel_columns<2, Vectors>(op, ctx, piece, kx, vector, sums);
                    channel_columns<1, Vectors>(op, ctx, piece, kx, vector, sums);
                };
                int64_t vector = 0;
                for (; vector + kChannelWidth <= vectors; vector += kChannelWidth) block(Size<kChannelWidth>{}, vector);
                if (vector < vectors) block(Size<1>{}, vector);
            });
        });
    store_transposed(sums, weights, stride, op.out.channels, result);
}

}  // namespace

void conv2d_weight_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t weights = op.out.channels * op.in.channels * op.kernel_size * op.kernel_size;
    for (int64_t slot = begin; slot < end; ++slot) {
        const int64_t first = slot * ctx.groups / ctx.slots, last = (slot + 1) * ctx.groups / ctx.slots;
        float* result = ctx.partials + op.partial + slot * op.size;
        if (op.over_channels) {
            slot_over_channels(op, ctx, first, last, result);
        } else {
            int64_t out = 0;
            if constexpr (kAccumulators >= 24) {
                if (op.out.channels % 3 == 0) lanes_channels<3>(op, ctx, first, last, out, result);
                lanes_channels<4>(op, ctx, first, last, out, result);
            }
            lanes_channels<1>(op, ctx, first, last, out, result);
        }
        if (op.bias_gradient >= 0) bias_gradient(op, ctx, first, last, result + weights);
    }
}

// gradients[gradient …] = partial gradients of all slots, added in their order; `size` numbers.
void sum_slots(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
        Vector total = load(ctx.partials + op.partial + unit * kLanes);
        for (int64_t slot = 1; slot < ctx.slots; ++slot)
            total = total + load(ctx.partials + op.partial + slot * op.size + unit * kLanes);
        store(ctx.gradients + op.gradient + unit * kLanes, total);
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
