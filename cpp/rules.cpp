// The rule of each kernel, by its name: see rules.h. Those of convolutions are in convolution_rules.cpp.
#include <algorithm>

#include "rules.h"

namespace seedbed::rules {
namespace {

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
