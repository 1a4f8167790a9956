// The rule of each kernel, by its name: see rules.h.
#include <algorithm>

#include "rules.h"

namespace seedbed::rules {
namespace {

int64_t align(int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

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

void table(const Check& c) { c.shared(c.op.scratch, c.product({c.op.in.channels, c.op.out.channels})); }

void subsample(const Check& c) {
    const Op& o = c.op;
    c.view(o.in);
    c.view(o.out);
    c.require(o.in.channels == o.out.channels && o.out.height * o.kernel_size <= o.in.height &&
                  o.out.width * o.kernel_size <= o.in.width,
              "windows reach beyond the value");
}

void pool(const Check& c) {
    const Op& o = c.op;
    c.view(o.in);
    c.view(o.out);
    c.require(o.in.channels == o.out.channels && (o.out.height - 1) * o.stride < o.in.height &&
                  (o.out.width - 1) * o.stride < o.in.width,
              "windows begin beyond the value");
}

// Weight, bias and running statistics of batch norm.
void norm(const Check& c) {
    const int64_t channels = c.op.in.channels;
    c.same_shapes();
    c.require(c.op.size >= channels, "statistics overlap");
    c.shared(c.op.weight, channels);
    c.shared(c.op.bias, channels);
    c.shared(c.op.packed, c.op.size + channels);
}

void batch_statistics(const Check& c) { c.shared(c.op.scratch, c.op.size + c.op.in.channels); }

void norm_gradients(const Check& c) {
    c.gradients(c.op.gradient, c.op.in.channels);
    c.gradients(c.op.bias_gradient, c.op.in.channels);
}

int64_t copy(const Check& c) {
    const Op& o = c.op;
    c.view(o.in);
    c.view(o.out);
    c.require(o.in.channels == o.out.channels && o.in.height + 2 * o.padding == o.out.height &&
                  o.in.width + 2 * o.padding == o.out.width,
              "shapes differ");
    return 0;
}

int64_t dropout(const Check& c) {
    const Op& o = c.op;
    c.same_shapes();
    // One bit per value and image: sixteen images need half a float per value.
    c.require(o.scratch >= 0 && o.size >= 0 && o.in.channels * o.in.height * o.in.width <= o.size * 2 * kLanes,
              "mask too small");
    c.scratch(o.scratch, o.size);
    return 0;
}

int64_t response_norm(const Check& c) {
    c.same_shapes();
    return (3 * c.op.in.channels + 2 * (c.op.kernel_size - 1)) * kLanes;
}

int64_t function(const Check& c) {
    c.same_shapes();
    return 0;
}

int64_t rbf(const Check& c) {
    c.flat(c.op.in);
    c.flat(c.op.out);
    c.shared(c.op.weight, c.op.in.channels * c.op.out.channels);
    return 0;
}

int64_t softmax(const Check& c) {
    c.flat(c.op.in);
    c.flat(c.op.out);
    c.require(c.op.in.channels == c.op.out.channels, "shapes differ");
    return 0;
}

// Transposed inputs of a linear layer, one row for each image.
void linear_rows(const Check& c) {
    c.aligned({c.op.size, c.op.scratch});
    c.require(c.op.size >= align(c.op.in.channels), "rows overlap");
    c.scratch(c.op.scratch, c.op.size);
}

void linear_weights(const Check& c) {
    c.flat(c.op.in);
    c.flat(c.op.out);
    c.shared(c.op.weight, c.op.in.channels * c.op.out.channels);
}

// Of an optimizer that keeps so many arrays.
int64_t update(const Check& c, int64_t arrays) {
    const Op& o = c.op;
    c.aligned({o.size, o.weight, o.gradient});
    c.shared(o.weight, o.size);
    c.gradients(o.gradient, o.size);
    if (arrays > 0) c.within(o.gradient, arrays * o.size, c.sizes.memory, "optimizer memory");
    for (const int64_t n : {o.decay, o.average})
        if (n >= 0) {
            c.aligned({n});
            c.shared(n, o.size);
        }
    if (o.squares >= 0) c.shared(o.squares, kParts);
    return 0;
}

}  // namespace

int64_t gather(const Check& c) {
    const View& v = c.op.out;
    c.view(v);
    c.require(v.channels * v.height * v.width == c.program.image_size, "image size differs");
    c.shared(c.op.weight, v.channels);
    c.shared(c.op.bias, v.channels);
    return 0;
}

int64_t copy_forward(const Check& c) { return copy(c); }
int64_t copy_backward(const Check& c) { return copy(c); }

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

int64_t sum_slots(const Check& c) {
    c.aligned({c.op.size, c.op.gradient, c.op.partial});
    c.partials();
    c.gradients(c.op.gradient, c.op.size);
    return 0;
}

int64_t linear_forward(const Check& c) {
    linear_weights(c);
    if (c.op.bias >= 0) c.shared(c.op.bias, c.op.out.channels);
    return 0;
}

int64_t linear_transpose(const Check& c) {
    c.flat(c.op.in);
    linear_rows(c);
    return 0;
}

int64_t linear_input_gradient(const Check& c) {
    linear_weights(c);
    return kLinearColumns * (kLinearTerms + c.rows());
}

int64_t linear_weight_gradient(const Check& c) {
    c.flat(c.op.in);
    c.flat(c.op.out);
    linear_rows(c);
    c.gradients(c.op.gradient, c.op.in.channels * c.op.out.channels);
    if (c.op.bias_gradient >= 0) c.gradients(c.op.bias_gradient, c.op.out.channels);
    return 0;
}

int64_t pool2d_forward(const Check& c) {
    pool(c);
    return 0;
}

int64_t pool2d_backward(const Check& c) {
    pool(c);
    if (c.op.stride != c.op.kernel_size) {
        c.aligned({c.op.scratch});
        c.scratch(c.op.scratch, c.op.in.height * c.op.in.width);
    }
    return 0;
}

int64_t batchnorm_forward(const Check& c) {
    norm(c);
    batch_statistics(c);
    return 0;
}

int64_t batchnorm_evaluate(const Check& c) {
    norm(c);
    return 0;
}

int64_t batchnorm_backward(const Check& c) {
    norm(c);
    batch_statistics(c);
    norm_gradients(c);
    return 0;
}

int64_t batchnorm_evaluate_backward(const Check& c) {
    norm(c);
    norm_gradients(c);
    return 0;
}

int64_t subsample_forward(const Check& c) {
    subsample(c);
    c.shared(c.op.weight, c.op.in.channels);
    c.shared(c.op.bias, c.op.in.channels);
    return 0;
}

int64_t subsample_input_gradient(const Check& c) {
    subsample(c);
    c.shared(c.op.weight, c.op.in.channels);
    return 0;
}

int64_t subsample_weight_gradient(const Check& c) {
    subsample(c);
    c.require(2 * c.op.in.channels <= c.op.size, "partial gradient too small");
    c.partials();
    return 0;
}

int64_t response_norm_forward(const Check& c) { return response_norm(c); }
int64_t response_norm_backward(const Check& c) { return response_norm(c); }
int64_t dropout_forward(const Check& c) { return dropout(c); }
int64_t dropout_backward(const Check& c) { return dropout(c); }
int64_t function_forward(const Check& c) { return function(c); }
int64_t function_backward(const Check& c) { return function(c); }
int64_t rbf_forward(const Check& c) { return rbf(c); }
int64_t rbf_backward(const Check& c) { return rbf(c); }
int64_t softmax_forward(const Check& c) { return softmax(c); }
int64_t softmax_backward(const Check& c) { return softmax(c); }

int64_t loss(const Check& c) {
    c.flat(c.op.in);
    c.require(c.op.in.channels == c.program.classes, "number of classes differs");
    if (c.op.weight >= 0) c.shared(c.op.weight, c.op.in.channels);
    return 0;
}

int64_t write_values(const Check& c) {
    c.view(c.op.in);
    c.within(c.op.place, c.product({c.op.in.channels, c.op.in.height, c.op.in.width}), c.sizes.outputs, "outputs");
    return 0;
}

int64_t squares(const Check& c) {
    c.aligned({c.op.size, c.op.gradient});
    c.gradients(c.op.gradient, c.op.size);
    c.shared(c.op.squares, kParts);
    return 0;
}

int64_t sgd(const Check& c) { return update(c, c.op.momentum > 0); }
int64_t adagrad(const Check& c) { return update(c, 1); }
int64_t adadelta(const Check& c) { return update(c, 2); }
int64_t rmsprop(const Check& c) { return update(c, 1 + c.op.centered + (c.op.momentum > 0)); }
int64_t adam(const Check& c) { return update(c, 2); }

int64_t peak(const Check& c) {
    c.aligned({c.op.weight});
    c.shared(c.op.weight, kLanes);
    return 0;
}

}  // namespace seedbed::rules
