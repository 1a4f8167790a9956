// The rules of the kernels of convolutions: see rules.h.
#include <algorithm>

#include "rules.h"

namespace seedbed::rules {
namespace {

// Weights of a convolution.
int64_t weights_of(const Check& c) {
    for (const int64_t n : {c.op.in.channels, c.op.out.channels})
        c.require(n >= 1 && n <= kLargestSide, "shape out of range");
    return c.product({c.op.in.channels, c.op.out.channels, c.op.kernel_size, c.op.kernel_size});
}

void channels_fill_vectors(const Check& c, int64_t channels) {
    c.require(channels % kVectorChannels == 0, "channels do not fill vectors");
}

// Values before pooling.
struct Results {
    int64_t height, width;
};

Results convolution(const Check& c, int64_t in_border, int64_t out_border) {
    const Op& o = c.op;
    const int64_t k = o.kernel_size;
    c.require(o.padding < k, "padding must be less than the window");
    c.view(o.in, in_border);
    c.require(o.pool == 1 || (o.pool == 2 && o.stride == 1), "expected pool 1, or 2 with a stride of 1");
    c.view(o.out, out_border);
    const Results r{(o.in.height + 2 * o.padding - k) / o.stride + 1, (o.in.width + 2 * o.padding - k) / o.stride + 1};
    c.require(o.out.height == r.height / o.pool && o.out.width == r.width / o.pool && k <= o.in.height + 2 * o.padding &&
                  k <= o.in.width + 2 * o.padding,
              "shapes do not fit the window");
    return r;
}

// Which results were the largest: 64 bits for each pooled value.
void winners(const Check& c) {
    const View& v = c.op.out;
    c.lanes(c.op.winners, (c.product({v.channels, v.height, v.width}) + 7) / 8);
}

// Floats where the sums of a strip of convolution results wait.
int64_t strip(const Check& c, int64_t packed, int64_t channels) {
    if (!c.op.over_channels) return kStripColumns * kLanes * channels;
    c.aligned({packed});
    channels_fill_vectors(c, channels);
    return kChannelResults * kLanes * kVectorChannels;
}

// Minimal filtering: the sides of a tile's values and results, tiles at a time, floats of transformed weights.
struct Filtering {
    int64_t side, tile, tiles, weights;
    // A row of products of so many vectors each.
    int64_t row(int64_t vectors) const { return side * (vectors | 1) * kLanes; }
    int64_t columns() const { return tiles * tile + side - tile; }
};

Filtering filtering(const Check& c) {
    const Op& o = c.op;
    c.require(o.stride == 1, "expected a stride of 1");
    c.require((o.kernel_size == 5 && o.tile == 2) || (o.kernel_size == 3 && o.tile >= 2 && o.tile <= 4),
              "expected tiles of 2 for windows of 5, or of 2 to 4 for windows of 3");
    c.require(o.pool == 1 || o.tile % 2 == 0, "tiles do not hold whole windows to pool");
    const int64_t side = o.tile + o.kernel_size - 1;
    c.require(o.tiles >= 1 && (o.tiles - 1) * int64_t{o.tile} + side <= kMinimalColumns, "too many tiles at a time");
    return {side, o.tile, o.tiles, c.product({side, side, (o.in.channels * o.out.channels / kLanes) | 1, kLanes})};
}

void table(const Check& c) { c.shared(c.op.scratch, c.product({c.op.in.channels, c.op.out.channels})); }

}  // namespace

int64_t conv2d_pack(const Check& c) {
    const int64_t count = weights_of(c);
    if (c.op.over_channels) channels_fill_vectors(c, c.op.out.channels);
    if (c.op.back_over_channels) channels_fill_vectors(c, c.op.in.channels);
    c.shared(c.op.weight, count);
    c.shared(c.op.packed, count);
    if (c.op.scratch >= 0) c.shared(c.op.scratch, count);
    return 0;
}

int64_t conv2d_forward(const Check& c) {
    const int64_t count = weights_of(c), outs = c.op.out.channels;
    convolution(c, c.op.padding, 0);
    if (c.op.pool > 1 && c.op.winners >= 0) winners(c);
    c.shared(c.op.packed, count);
    if (c.op.bias >= 0) c.shared(c.op.bias, outs);
    return strip(c, c.op.packed, outs) * c.op.pool;
}

int64_t conv2d_input_gradient(const Check& c) {
    const Op& o = c.op;
    const int64_t count = weights_of(c), border = gradient_border(o.kernel_size, o.padding);
    const Results results = convolution(c, 0, o.pool == 1 ? border : 0);
    if (o.pool > 1) winners(c);
    c.shared(o.scratch, count);
    c.require(!o.over_channels || o.stride == 1, "expected a stride of 1");
    const int64_t spread =
        o.pool > 1 ? c.product({o.out.channels, results.height, results.width + 2 * border, kLanes}) : 0;
    return strip(c, o.scratch, o.in.channels) + spread;
}

int64_t conv2d_weight_gradient(const Check& c) {
    const Op& o = c.op;
    const int64_t count = weights_of(c), terms = o.in.channels * o.kernel_size * o.kernel_size;
    const Results results = convolution(c, o.padding, 0);
    if (o.pool > 1) winners(c);
    c.require(count + (o.bias_gradient >= 0 ? o.out.channels : 0) <= o.size, "partial gradient too small");
    c.partials();
    if (o.over_channels) return (terms + kChannelPixels * kLanes) * align(o.out.channels);
    const int64_t band = std::max<int64_t>(kBandVectors, kMaxChannelBlock * results.width);
    return (kMaxChannelBlock * terms + (o.pool > 1 ? band : 0)) * kLanes;
}

int64_t minimal_pack(const Check& c) {
    weights_of(c);
    const Filtering f = filtering(c);
    c.shared(c.op.weight, weights_of(c));
    c.aligned({c.op.packed});
    channels_fill_vectors(c, c.op.out.channels);
    c.shared(c.op.packed, f.weights);
    if (c.op.scratch < 0) return 0;
    c.aligned({c.op.scratch});
    channels_fill_vectors(c, c.op.in.channels);
    c.shared(c.op.scratch, f.weights);
    return 0;
}

int64_t minimal_forward(const Check& c) {
    const Op& o = c.op;
    convolution(c, 0, 0);
    const Filtering f = filtering(c);
    if (o.pool > 1 && o.winners >= 0) winners(c);
    c.aligned({o.packed});
    channels_fill_vectors(c, o.out.channels);
    c.shared(o.packed, f.weights);
    if (o.bias >= 0) c.shared(o.bias, o.out.channels);
    const int64_t sums = f.row(f.tiles * kVectorChannels);
    return f.row(o.in.channels * f.columns()) + f.row(o.in.channels * f.tiles) + sums +
           o.out.channels / kVectorChannels * f.tile * sums + f.tile * f.tile * kLanes * kVectorChannels;
}

int64_t minimal_input_gradient(const Check& c) {
    const Op& o = c.op;
    convolution(c, 0, 0);
    const Filtering f = filtering(c);
    if (o.pool > 1) winners(c);
    c.aligned({o.scratch});
    channels_fill_vectors(c, o.in.channels);
    c.shared(o.scratch, f.weights);
    const int64_t columns = (o.out.width * o.pool + o.tile - 1) / o.tile * o.tile + o.kernel_size - 1;
    return f.row(o.out.channels * f.tiles * f.tile) + f.row(o.out.channels * f.tiles) + f.row(f.tiles * kVectorChannels) +
           o.in.channels / kVectorChannels * f.row(f.columns() * kVectorChannels) +
           c.product({o.in.channels, f.side, columns, kLanes});
}

int64_t minimal_weight_gradient(const Check& c) {
    const Op& o = c.op;
    convolution(c, 0, 0);
    const Filtering f = filtering(c);
    if (o.pool > 1) winners(c);
    channels_fill_vectors(c, o.out.channels);
    const int64_t count = weights_of(c);
    c.require(count + (o.bias_gradient >= 0 ? o.out.channels : 0) <= o.size, "partial gradient too small");
    c.partials();
    return f.weights + f.row(o.in.channels * f.columns()) + f.row(o.in.channels * f.tiles) +
           f.row(f.tiles * f.tile * o.out.channels) + f.row(f.tiles * o.out.channels) + count;
}

int64_t conv2d_connect(const Check& c) {
    const int64_t count = weights_of(c);
    table(c);
    c.shared(c.op.weight, count);
    c.shared(c.op.packed, count);
    return 0;
}

int64_t conv2d_disconnect(const Check& c) {
    const int64_t count = weights_of(c);
    table(c);
    c.require(count <= c.op.size, "partial gradient too small");
    c.partials();
    return 0;
}

}  // namespace seedbed::rules
