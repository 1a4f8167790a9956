#include "small_network.h"

#include <algorithm>

#include "bench.h"

namespace seedbed::tests {
namespace {

struct Taken {
    int64_t size = 0;
    int64_t take(int64_t count) {
        const int64_t begin = size;
        size += (count + kLanes - 1) / kLanes * kLanes;
        return begin;
    }
};

// A value with a border of zeros.
View value(Taken& lanes, int64_t channels, int64_t side, int64_t border_y, int64_t border_x) {
    View v{0, channels, side, side, 0, side + 2 * border_x};
    v.channel_stride = v.row_stride * (side + 2 * border_y);
    v.offset = lanes.take(channels * v.channel_stride) + border_y * v.row_stride + border_x;
    return v;
}
View flat(const View& v) { return {v.offset, v.channels * v.channel_stride, 1, 1, 1, 1}; }

Op with(const char* kernel, Op op, Activation activation = Activation::none) {
    op.kernel = operation(kernel).kernel;
    op.activation = activation;
    return op;
}

}  // namespace

Program small_network(int64_t batch_size, int64_t spread) {
    Taken lanes, shared, partials;
    const View image = value(lanes, 1, 8, 1, 1), first = value(lanes, 3, 8, 0, 1), pooled = value(lanes, 3, 4, 1, 1);
    const View second = value(lanes, 5, 4, 0, 1), normal = value(lanes, 5, 4, 0, 0);
    const View scores{lanes.take(kClasses), kClasses, 1, 1, 1, 1};

    const auto convolution = [&](const View& in, const View& out) {
        Op op;
        op.in = in, op.out = out;
        op.kernel_size = 3, op.padding = 1;
        const int64_t weights = in.channels * out.channels * 9;
        op.weight = op.gradient = shared.take(weights + out.channels);
        op.bias = op.bias_gradient = op.weight + weights;
        op.size = (weights + out.channels + kLanes - 1) / kLanes * kLanes;
        op.partial = partials.take(op.size) * kMaxSlots;
        return op;
    };
    Op conv1 = convolution(image, first), conv2 = convolution(pooled, second);
    Op norm;
    norm.in = second, norm.out = normal;
    norm.weight = norm.gradient = shared.take(10);
    norm.bias = norm.bias_gradient = norm.weight + 5;
    norm.size = 5, norm.eps = 1e-5f, norm.momentum = 0.1f, norm.unbiased = true;
    Op linear;
    linear.in = flat(normal), linear.out = scores;
    const int64_t features = linear.in.channels;
    linear.weight = linear.gradient = shared.take((features + 1) * kClasses);
    linear.bias = linear.bias_gradient = linear.weight + features * kClasses;
    linear.scratch = 0, linear.size = features;
    Op update = operation("sgd");
    update.weight = update.gradient = 0;
    update.size = shared.size;
    update.momentum = 0.9f, update.weight_decay = 1e-4f, update.nesterov = true;
    const int64_t trainable = shared.size;

    norm.packed = shared.take(10), norm.scratch = shared.take(10);
    for (Op* op : {&conv1, &conv2}) {
        op->packed = shared.take(op->size);
        op->scratch = shared.take(op->size);
    }
    Op gather = operation("gather");
    gather.out = image, gather.weight = shared.take(1), gather.bias = shared.take(1);
    Op pool;
    pool.in = first, pool.out = pooled;
    pool.kernel_size = pool.stride = 2, pool.pooling = Pooling::maximum;
    Op loss = operation("loss");
    loss.in = scores;
    Op write = operation("write_values");
    write.in = scores;

    Program program;
    program.batch_size = batch_size, program.spread = spread, program.classes = kClasses, program.image_size = kPixels;
    const std::vector<Op> packs{with("conv2d_pack", conv1), with("conv2d_pack", conv2)};
    const std::vector<Op> forward{gather, with("conv2d_forward", conv1, Activation::relu), with("pool2d_forward", pool),
                                  with("conv2d_forward", conv2, Activation::tanh)};
    std::vector<Op> evaluated = forward;
    evaluated.push_back(with("batchnorm_evaluate", norm, Activation::relu));
    program.training = {
        {false, false, packs},
        {true, false, forward},
        {false, false, {with("batchnorm_forward", norm, Activation::relu)}},
        {true, false, {with("linear_transpose", linear)}},
        {false, false, {with("linear_forward", linear)}},
        {true, false, {loss}},
        {false,
         true,
         {with("linear_weight_gradient", linear), with("linear_input_gradient", linear, Activation::relu)}},
        {false, true, {with("batchnorm_backward", norm, Activation::tanh)}},
        {true,
         true,
         {with("conv2d_weight_gradient", conv2), with("conv2d_input_gradient", conv2),
          with("pool2d_backward", pool, Activation::relu), with("conv2d_weight_gradient", conv1)}},
        {false, true, {with("sum_slots", conv1), with("sum_slots", conv2)}},
        {false, false, {update}},
    };
    program.evaluation = {{false, false, packs},
                          {true, false, evaluated},
                          {false, false, {with("linear_forward", linear)}},
                          {true, false, {write}}};
    program.sizes = smallest(program);
    // Optimizer and initial values see whole vectors.
    program.sizes.shared = std::max(program.sizes.shared, shared.size);
    program.sizes.gradients = std::max(program.sizes.gradients, trainable);
    CHECK(program.sizes.scratch >= features, "scratch of ", program.sizes.scratch);
    return program;
}

Program small_probe(int64_t batch_size, int64_t spread) {
    Program program = small_network(batch_size, spread);
    Op write = operation("write_values");
    write.in = program.training[1].ops[1].out;
    Op write_gradient = write;
    write_gradient.place = write.in.channels * write.in.height * write.in.width;
    program.probe = program.training;
    program.probe.pop_back();
    program.probe[5].ops.push_back(write);
    program.probe.push_back({true, false, {write_gradient}});
    program.evaluation.clear();
    program.sizes.outputs = 2 * write_gradient.place;
    return program;
}

void initialise(Executor& executor) {
    Random random(60);
    const Program& program = executor.program();
    for (const Stage& stage : program.training)
        for (const Op& op : stage.ops) {
            const std::string name = kernels()[op.kernel].name;
            if (name == "sgd")
                for (int64_t i = 0; i < op.size; ++i)
                    executor.shared()[static_cast<size_t>(op.weight + i)] = 0.3f * random.uniform();
            if (name == "batchnorm_forward")
                for (int64_t c = 0; c < op.in.channels; ++c)
                    executor.shared()[static_cast<size_t>(op.packed + op.size + c)] = 1;
            if (name == "gather") {
                executor.shared()[static_cast<size_t>(op.weight)] = 1.0f / 128;
                executor.shared()[static_cast<size_t>(op.bias)] = -1;
            }
        }
}

// The label shows in the picture, so that there is something to learn.
Images::Images(int64_t count, int64_t image_size, int64_t classes) {
    Random random(61);
    for (int64_t i = 0; i < count; ++i) {
        labels.push_back(static_cast<uint8_t>(random.below(classes)));
        for (int64_t pixel = 0; pixel < image_size; ++pixel)
            pixels.push_back(static_cast<uint8_t>(random.below(100) + (pixel % classes == labels.back() ? 155 : 0)));
    }
}

std::vector<int64_t> some_order(int64_t steps, int64_t batch_size, int64_t images) {
    Random random(62);
    std::vector<int64_t> order(static_cast<size_t>(steps * batch_size - (batch_size > 3 ? 3 : 0)));
    for (int64_t& index : order) index = random.below(images);
    return order;
}

}  // namespace seedbed::tests
