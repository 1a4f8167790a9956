// Checks a program before it runs: every kernel's reads and writes must lie within the program's memory, so that a wrong
// program is refused and never executed out of bounds.
#include <stdexcept>
#include <string>

#include "executor.h"

namespace seedbed {
namespace {

constexpr int64_t kLargest = int64_t{1} << 40;

class Checker {
  public:
    Checker(const Op& op, const Sizes& sizes, const Program& program)
        : op_(op), sizes_(sizes), program_(program), name_(kernels()[op.kernel].name) {}

    void check() {
        const Op& o = op_;
        for (const int64_t n : {o.weight, o.bias, o.packed, o.gradient, o.bias_gradient, o.partial, o.scratch, o.size})
            require(n >= -1 && n < kLargest, "offset out of range");
        require(o.kernel_size >= 1 && o.kernel_size < 4096 && o.stride >= 1 && o.stride < 4096 && o.padding >= 0 &&
                    o.padding < 4096,
                "window out of range");
        const int64_t k = o.kernel_size, ins = o.in.channels, outs = o.out.channels;
        if (name_ == "gather") {
            view(o.out);
            require(outs * o.out.height * o.out.width == program_.image_size, "image size differs");
            shared(o.weight, outs);
            shared(o.bias, outs);
        } else if (name_ == "copy_forward" || name_ == "copy_backward") {
            view(o.in);
            view(o.out);
            require(ins == outs && o.in.height + 2 * o.padding == o.out.height &&
                        o.in.width + 2 * o.padding == o.out.width,
                    "shapes differ");
        } else if (name_ == "conv2d_pack") {
            shared(o.weight, ins * outs * k * k);
            shared(o.packed, ins * outs * k * k);
            if (o.scratch >= 0) shared(o.scratch, ins * outs * k * k);
            require(ins > 0 && outs > 0, "no channels");
        } else if (name_ == "conv2d_forward" || name_ == "conv2d_weight_gradient" || name_ == "conv2d_input_gradient") {
            convolution(k, ins, outs);
        } else if (name_ == "sum_slots") {
            require(o.size % kLanes == 0 && o.gradient % kLanes == 0 && o.partial % kLanes == 0, "not aligned");
            within(o.partial, o.size * kMaxSlots, sizes_.partials * kMaxSlots, "partial gradients");
            within(o.gradient, o.size, sizes_.gradients, "gradients");
        } else if (name_.starts_with("linear")) {
            linear(ins, outs);
        } else if (name_.starts_with("pool2d")) {
            pool();
        } else if (name_.starts_with("batchnorm")) {
            norm(ins);
        } else if (name_.starts_with("softmax") || name_ == "loss" || name_ == "write_outputs") {
            flat(o.in);
            if (name_.starts_with("softmax")) {
                flat(o.out);
                require(ins == outs, "shapes differ");
            } else {
                require(ins == program_.classes, "number of classes differs");
            }
        } else if (name_ == "sgd") {
            require(o.size % kLanes == 0 && o.weight % kLanes == 0 && o.gradient % kLanes == 0, "not aligned");
            shared(o.weight, o.size);
            within(o.gradient, o.size, sizes_.gradients, "gradients");
            if (o.a > 0) within(o.gradient, o.size, sizes_.memory, "optimizer memory");
        } else if (name_ == "peak") {
            require(o.weight % kLanes == 0, "not aligned");
            shared(o.weight, kLanes);
        } else {
            require(false, "no rule for this kernel");
        }
    }

  private:
    void require(bool holds, const std::string& what) const {
        if (!holds) throw std::invalid_argument("operation '" + name_ + "': " + what);
    }
    void within(int64_t begin, int64_t count, int64_t size, const std::string& where) const {
        require(begin >= 0 && count >= 0 && begin <= size && count <= size - begin, "reaches beyond the " + where);
    }
    void shared(int64_t begin, int64_t count) const { within(begin, count, sizes_.shared, "shared floats"); }

    // A view with a border of zeros around it that may be read.
    void view(const View& v, int64_t border_y = 0, int64_t border_x = 0) const {
        for (const int64_t n : {v.channels, v.height, v.width})
            require(n >= 1 && n < (int64_t{1} << 20), "shape out of range");
        for (const int64_t n : {v.offset, v.channel_stride, v.row_stride})
            require(n >= 0 && n < (int64_t{1} << 32), "stride out of range");
        require(v.channel_stride >= 1 && v.row_stride >= 1, "strides must be positive");
        const int64_t first = v.offset - border_y * v.row_stride - border_x;
        const int64_t last = v.offset + (v.channels - 1) * v.channel_stride + (v.height - 1 + border_y) * v.row_stride +
                             v.width - 1 + border_x;
        require(first >= 0 && last < sizes_.lanes, "reaches beyond the lane group");
    }
    void flat(const View& v) const {
        view(v);
        require(v.height == 1 && v.width == 1 && (v.channel_stride == 1 || v.channels == 1), "expected a flat value");
    }
    void convolution(int64_t k, int64_t ins, int64_t outs) const {
        const Op& o = op_;
        const bool into_input = name_ == "conv2d_input_gradient";
        view(o.in, into_input ? 0 : o.padding, into_input ? 0 : o.padding);
        view(o.out, 0, into_input ? 1 : 0);
        require(o.padding < k, "padding must be less than the window");
        require(o.out.height == (o.in.height + 2 * o.padding - k) / o.stride + 1 &&
                    o.out.width == (o.in.width + 2 * o.padding - k) / o.stride + 1 &&
                    k <= o.in.height + 2 * o.padding && k <= o.in.width + 2 * o.padding,
                "shapes do not fit the window");
        if (name_ == "conv2d_forward") {
            shared(o.packed, ins * outs * k * k);
            if (o.bias >= 0) shared(o.bias, outs);
        } else if (into_input) {
            shared(o.scratch, ins * outs * k * k);
        } else {
            require(ins * outs * k * k + (o.bias_gradient >= 0 ? outs : 0) <= o.size, "partial gradient too small");
            within(o.partial, o.size * kMaxSlots, sizes_.partials * kMaxSlots, "partial gradients");
            within(0, kMaxChannelBlock * ins * k * k * kLanes, sizes_.thread_scratch, "thread scratch");
            require(sizes_.thread_scratch % kLanes == 0, "not aligned");
        }
    }
    void linear(int64_t ins, int64_t outs) const {
        const Op& o = op_;
        flat(o.in);
        if (name_ == "linear_transpose" || name_ == "linear_weight_gradient") {
            require(o.size % kLanes == 0 && o.size >= ins && o.scratch >= 0 && o.scratch % kLanes == 0, "not aligned");
            within(o.scratch, o.size * rows(), sizes_.scratch * rows(), "scratch");
        }
        if (name_ == "linear_transpose") return;
        flat(o.out);
        if (name_ == "linear_weight_gradient") {
            within(o.gradient, ins * outs, sizes_.gradients, "gradients");
            if (o.bias_gradient >= 0) within(o.bias_gradient, outs, sizes_.gradients, "gradients");
            return;
        }
        shared(o.weight, ins * outs);
        if (name_ == "linear_forward" && o.bias >= 0) shared(o.bias, outs);
    }
    void pool() const {
        const Op& o = op_;
        view(o.in);
        view(o.out);
        require(o.in.channels == o.out.channels && (o.out.height - 1) * o.stride + o.kernel_size <= o.in.height &&
                    (o.out.width - 1) * o.stride + o.kernel_size <= o.in.width,
                "windows reach beyond the value");
        if (name_ == "pool2d_backward" && o.stride != o.kernel_size) {
            require(o.scratch >= 0 && o.scratch % kLanes == 0, "not aligned");
            within(o.scratch, o.in.height * o.in.width * rows(), sizes_.scratch * rows(), "scratch");
        }
    }
    void norm(int64_t channels) const {
        const Op& o = op_;
        view(o.in);
        view(o.out);
        require(o.out.channels == channels && o.in.height == o.out.height && o.in.width == o.out.width, "shapes differ");
        require(o.size >= channels, "statistics overlap");
        shared(o.weight, channels);
        shared(o.bias, channels);
        shared(o.packed, o.size + channels);
        if (name_ == "batchnorm_evaluate") return;
        shared(o.scratch, o.size + channels);
        if (name_ == "batchnorm_backward") {
            within(o.gradient, channels, sizes_.gradients, "gradients");
            within(o.bias_gradient, channels, sizes_.gradients, "gradients");
        }
    }
    // Scratch grows with the batch: `sizes.scratch` floats for each image that there is memory for.
    int64_t rows() const { return (program_.batch_size + kLanes - 1) / kLanes * kLanes; }

    const Op& op_;
    const Sizes& sizes_;
    const Program& program_;
    const std::string name_;
};

void check_stage(const Stage& stage, const Program& program) {
    for (const Op& op : stage.ops) {
        if (op.kernel < 0 || op.kernel >= static_cast<int32_t>(kernels().size()))
            throw std::invalid_argument("unknown kernel number " + std::to_string(op.kernel));
        const KernelInfo& info = kernels()[op.kernel];
        if (stage.chained && info.unit != Unit::lane_group && info.unit != Unit::slot)
            throw std::invalid_argument(std::string("operation '") + info.name + "' cannot stand in a chained stage");
        Checker(op, program.sizes, program).check();
    }
}

}  // namespace

void validate(const Program& program) {
    const Sizes& s = program.sizes;
    for (const int64_t n : {s.lanes, s.shared, s.gradients, s.memory, s.partials, s.scratch, s.thread_scratch})
        if (n < 0 || n > (int64_t{1} << 34)) throw std::invalid_argument("memory size out of range");
    if (program.batch_size < 1 || program.batch_size > (int64_t{1} << 24) || program.classes < 1 ||
        program.classes > 256 || program.image_size < 1)
        throw std::invalid_argument("batch size, classes or image size out of range");
    for (const Stage& stage : program.training) check_stage(stage, program);
    for (const Stage& stage : program.evaluation) check_stage(stage, program);
}

}  // namespace seedbed
