// Checks a program before it runs: every kernel's reads and writes must lie within the program's memory, so that a wrong
// program is refused and never executed out of bounds.
#include <algorithm>
#include <initializer_list>
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
        for (const int64_t n : {o.weight, o.bias, o.packed, o.gradient, o.bias_gradient, o.partial, o.scratch, o.size,
                                o.decay, o.average, o.squares, o.winners, o.place})
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
            require(o.a <= 0 || outs % kTurnedChannels == 0, "channels do not fill vectors");
            require(o.b <= 0 || ins % kTurnedChannels == 0, "channels do not fill vectors");
            shared(o.weight, weights());
            shared(o.packed, weights());
            if (o.scratch >= 0) shared(o.scratch, weights());
        } else if (name_ == "conv2d_forward" || name_ == "conv2d_weight_gradient" || name_ == "conv2d_input_gradient") {
            convolution(k, ins, outs);
        } else if (name_ == "sum_slots") {
            require(o.size % kLanes == 0 && o.gradient % kLanes == 0 && o.partial % kLanes == 0, "not aligned");
            within(o.partial, o.size * kMaxSlots, sizes_.partials * kMaxSlots, "partial gradients");
            within(o.gradient, o.size, sizes_.gradients, "gradients");
        } else if (name_ == "conv2d_connect" || name_ == "conv2d_disconnect") {
            table();
        } else if (name_.starts_with("subsample")) {
            subsample();
        } else if (name_.starts_with("response_norm")) {
            same_shapes();
            within(0, (3 * ins + 2 * (k - 1)) * kLanes, sizes_.thread_scratch, "thread scratch");
            require(sizes_.thread_scratch % kLanes == 0, "not aligned");
        } else if (name_.starts_with("dropout")) {
            same_shapes();
            // One bit per value and image: sixteen images need half a float per value.
            require(o.scratch >= 0 && o.size >= 0 && ins * o.in.height * o.in.width <= o.size * 2 * kLanes,
                    "mask too small");
            within(o.scratch, o.size * rows(), sizes_.scratch * rows(), "scratch");
        } else if (name_.starts_with("function")) {
            same_shapes();
        } else if (name_.starts_with("rbf")) {
            flat(o.in);
            flat(o.out);
            shared(o.weight, ins * outs);
        } else if (name_.starts_with("linear")) {
            linear(ins, outs);
        } else if (name_.starts_with("pool2d")) {
            pool();
        } else if (name_.starts_with("batchnorm")) {
            norm(ins);
        } else if (name_ == "write_values") {
            view(o.in);
            within(o.place, product({ins, o.in.height, o.in.width}), sizes_.outputs, "outputs");
        } else if (name_.starts_with("softmax") || name_ == "loss") {
            flat(o.in);
            if (name_.starts_with("softmax")) {
                flat(o.out);
                require(ins == outs, "shapes differ");
            } else {
                require(ins == program_.classes, "number of classes differs");
            }
        } else if (const int64_t arrays = optimizer_arrays(); arrays >= 0) {
            update(arrays);
        } else if (name_ == "squares") {
            require(o.size % kLanes == 0 && o.gradient % kLanes == 0, "not aligned");
            within(o.gradient, o.size, sizes_.gradients, "gradients");
            shared(o.squares, kParts);
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
    int64_t product(std::initializer_list<int64_t> numbers) const {
        int64_t result = 1;
        for (const int64_t n : numbers) {
            require(n >= 0 && (n == 0 || result <= kLargest / n), "shape out of range");
            result *= n;
        }
        return result;
    }
    void shared(int64_t begin, int64_t count) const { within(begin, count, sizes_.shared, "shared floats"); }

    // A view with columns of zeros left and right of it that may be read.
    void view(const View& v, int64_t border = 0) const {
        for (const int64_t n : {v.channels, v.height, v.width})
            require(n >= 1 && n < (int64_t{1} << 20), "shape out of range");
        for (const int64_t n : {v.offset, v.channel_stride, v.row_stride})
            require(n >= 0 && n < (int64_t{1} << 32), "stride out of range");
        require(v.channel_stride >= 1 && v.row_stride >= 1, "strides must be positive");
        const int64_t first = v.offset - border;
        const int64_t last = v.offset + (v.channels - 1) * v.channel_stride + (v.height - 1) * v.row_stride + v.width - 1 +
                             border;
        require(first >= 0 && last < sizes_.lanes, "reaches beyond the lane group");
    }
    void flat(const View& v) const {
        view(v);
        require(v.height == 1 && v.width == 1 && (v.channel_stride == 1 || v.channels == 1), "expected a flat value");
    }
    void convolution(int64_t k, int64_t ins, int64_t outs) const {
        const Op& o = op_;
        const bool into_input = name_ == "conv2d_input_gradient";
        const int64_t count = weights();
        require(o.padding < k, "padding must be less than the window");
        const int64_t beyond = k - 1 - o.padding;
        view(o.in, into_input ? 0 : o.padding);
        require(o.pool == 1 || (o.pool == 2 && o.stride == 1), "expected pool 1, or 2 with a stride of 1");
        const int64_t border = beyond <= kWideBorder ? beyond : 1;
        view(o.out, into_input && o.pool == 1 ? border : 0);
        const int64_t height = (o.in.height + 2 * o.padding - k) / o.stride + 1;
        const int64_t width = (o.in.width + 2 * o.padding - k) / o.stride + 1;
        require(o.out.height == height / o.pool && o.out.width == width / o.pool && k <= o.in.height + 2 * o.padding &&
                    k <= o.in.width + 2 * o.padding,
                "shapes do not fit the window");
        if (o.pool > 1 && (o.winners >= 0 || name_ != "conv2d_forward"))
            within(o.winners, (product({outs, o.out.height, o.out.width}) + 7) / 8, sizes_.lanes, "lane group");
        int64_t floats = kStripColumns * kLanes;
        if (name_ == "conv2d_forward") {
            shared(o.packed, count);
            if (o.bias >= 0) shared(o.bias, outs);
            floats *= outs * o.pool;
            if (o.a > 0) floats = turned_strip(o.packed, outs) * o.pool;
        } else if (into_input) {
            shared(o.scratch, count);
            floats *= ins;
            if (o.a > 0) floats = turned_strip(o.scratch, ins);
            require(o.a <= 0 || o.stride == 1, "expected a stride of 1");
            if (o.pool > 1) floats += product({outs, height, width + 2 * border, kLanes});
        } else {
            require(count + (o.bias_gradient >= 0 ? outs : 0) <= o.size, "partial gradient too small");
            within(o.partial, o.size * kMaxSlots, sizes_.partials * kMaxSlots, "partial gradients");
            const int64_t turned = (ins * k * k + kTurnedPixels * kLanes) * ((outs + kLanes - 1) / kLanes * kLanes);
            floats = o.a > 0 ? turned : kMaxChannelBlock * ins * k * k * kLanes;
            if (o.a <= 0 && o.pool > 1) floats += std::max<int64_t>(kBandVectors, kMaxChannelBlock * width) * kLanes;
        }
        within(0, floats, sizes_.thread_scratch, "thread scratch");
        require(sizes_.thread_scratch % kLanes == 0, "not aligned");
    }
    // Floats where the sums of a turned strip wait.
    int64_t turned_strip(int64_t packed, int64_t channels) const {
        require(packed % kLanes == 0 && channels % kTurnedChannels == 0, "channels do not fill vectors");
        return kTurnedResults * kLanes * kTurnedChannels;
    }
    void linear(int64_t ins, int64_t outs) const {
        const Op& o = op_;
        flat(o.in);
        if (name_ == "linear_transpose" || name_ == "linear_weight_gradient") {
            require(o.size % kLanes == 0 && o.size >= (ins + kLanes - 1) / kLanes * kLanes && o.scratch >= 0 && o.scratch % kLanes == 0, "not aligned");
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
        if (name_ == "linear_input_gradient") {
            within(0, kLinearColumns * (kLinearTerms + rows()), sizes_.thread_scratch, "thread scratch");
            require(sizes_.thread_scratch % kLanes == 0, "not aligned");
        }
        if (name_ == "linear_forward" && o.bias >= 0) shared(o.bias, outs);
    }
    void same_shapes() const {
        view(op_.in);
        view(op_.out);
        require(op_.in.channels == op_.out.channels && op_.in.height == op_.out.height && op_.in.width == op_.out.width,
                "shapes differ");
    }
    // Weights of a convolution; the product stays below 2⁶³.
    int64_t weights() const {
        for (const int64_t n : {op_.in.channels, op_.out.channels})
            require(n >= 1 && n < (int64_t{1} << 20), "shape out of range");
        const int64_t pairs = op_.in.channels * op_.out.channels, window = int64_t{op_.kernel_size} * op_.kernel_size;
        require(pairs <= kLargest / window, "too many weights");
        return pairs * window;
    }
    // The table of a convolution's connected pairs of channels, and what it acts on.
    void table() const {
        const Op& o = op_;
        const int64_t count = weights();
        shared(o.scratch, o.in.channels * o.out.channels);
        if (name_ == "conv2d_connect") {
            shared(o.weight, count);
            shared(o.packed, count);
        } else {
            require(count <= o.size, "partial gradient too small");
            within(o.partial, o.size * kMaxSlots, sizes_.partials * kMaxSlots, "partial gradients");
        }
    }
    void subsample() const {
        const Op& o = op_;
        view(o.in);
        view(o.out);
        require(o.in.channels == o.out.channels && o.out.height * o.kernel_size <= o.in.height &&
                    o.out.width * o.kernel_size <= o.in.width,
                "windows reach beyond the value");
        if (name_ == "subsample_weight_gradient") {
            require(2 * o.in.channels <= o.size, "partial gradient too small");
            within(o.partial, o.size * kMaxSlots, sizes_.partials * kMaxSlots, "partial gradients");
        } else {
            shared(o.weight, o.in.channels);
            if (name_ == "subsample_forward") shared(o.bias, o.in.channels);
        }
    }
    void pool() const {
        const Op& o = op_;
        view(o.in);
        view(o.out);
        require(o.in.channels == o.out.channels && (o.out.height - 1) * o.stride < o.in.height &&
                    (o.out.width - 1) * o.stride < o.in.width,
                "windows begin beyond the value");
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
        if (!name_.starts_with("batchnorm_evaluate")) shared(o.scratch, o.size + channels);
        if (name_.ends_with("backward")) {
            within(o.gradient, channels, sizes_.gradients, "gradients");
            within(o.bias_gradient, channels, sizes_.gradients, "gradients");
        }
    }
    // Arrays that an optimizer keeps, -1 if the kernel is none.
    int64_t optimizer_arrays() const {
        if (name_ == "sgd") return op_.a > 0 ? 1 : 0;
        if (name_ == "adagrad") return 1;
        if (name_ == "rmsprop") return 1 + (op_.c > 0) + (op_.a > 0);
        return name_ == "adadelta" || name_ == "adam" ? 2 : -1;
    }
    void update(int64_t arrays) const {
        const Op& o = op_;
        for (const int64_t n : {o.size, o.weight, o.gradient}) require(n >= 0 && n % kLanes == 0, "not aligned");
        shared(o.weight, o.size);
        within(o.gradient, o.size, sizes_.gradients, "gradients");
        if (arrays > 0) within(o.gradient, arrays * o.size, sizes_.memory, "optimizer memory");
        for (const int64_t n : {o.decay, o.average})
            if (n >= 0) {
                require(n % kLanes == 0, "not aligned");
                shared(n, o.size);
            }
        if (o.squares >= 0) shared(o.squares, kParts);
    }
    // Scratch grows with the batch: `sizes.scratch` floats for each image that there is memory for.
    int64_t rows() const { return lane_groups(program_) * kLanes; }

    const Op& op_;
    const Sizes& sizes_;
    const Program& program_;
    const std::string name_;
};

// Evaluation has no labels, training no room for outputs.
void check_stage(const Stage& stage, const Program& program, const char* missing) {
    for (const Op& op : stage.ops) {
        if (op.kernel < 0 || op.kernel >= static_cast<int32_t>(kernels().size()))
            throw std::invalid_argument("unknown kernel number " + std::to_string(op.kernel));
        const KernelInfo& info = kernels()[op.kernel];
        if (stage.chained && info.unit != Unit::lane_group && info.unit != Unit::slot)
            throw std::invalid_argument(std::string("operation '") + info.name + "' cannot stand in a chained stage");
        if (std::max({op.in.channels, op.out.channels, op.size / kLanes}) >= kMaxUnits)
            throw std::invalid_argument(std::string("operation '") + info.name + "' has too many units");
        if (std::string(missing) == info.name)
            throw std::invalid_argument(std::string("operation '") + missing + "' stands in the wrong program");
        Checker(op, program.sizes, program).check();
    }
}

}  // namespace

void validate(const Program& program) {
    const Sizes& s = program.sizes;
    for (const int64_t n : {s.lanes, s.shared, s.gradients, s.memory, s.partials, s.scratch, s.thread_scratch, s.outputs})
        if (n < 0 || n > (int64_t{1} << 34)) throw std::invalid_argument("memory size out of range");
    if (program.batch_size < 1 || program.batch_size > (int64_t{1} << 24) || program.classes < 1 ||
        program.classes > 256 || program.image_size < 1)
        throw std::invalid_argument("batch size, classes or image size out of range");
    if (program.spread < 0 || program.spread > program.batch_size)
        throw std::invalid_argument("a batch cannot be spread over more lane groups than it has images");
    for (const Stage& stage : program.training) check_stage(stage, program, "write_values");
    for (const Stage& stage : program.evaluation) check_stage(stage, program, "loss");
    for (const Stage& stage : program.probe) check_stage(stage, program, "");
}

}  // namespace seedbed
