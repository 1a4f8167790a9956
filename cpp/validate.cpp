// Checks a program before it runs: every kernel's reads and writes must lie within the program's memory, so that a wrong
// program is refused and never executed out of bounds.
#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "rules.h"

namespace seedbed {
namespace {

// Of offsets, and of products of shapes.
constexpr int64_t kLargest = int64_t{1} << 40;

// Floats of thread scratch. Evaluation has no labels, training no room for outputs: that kernel is `missing`.
int64_t check_operation(const Op& op, const Stage& stage, const Program& program, const char* missing) {
    if (op.kernel < 0 || op.kernel >= static_cast<int32_t>(kernels().size()))
        throw std::invalid_argument("unknown kernel number " + std::to_string(op.kernel));
    const KernelInfo& info = kernels()[op.kernel];
    const Check check(op, program);
    check.require(!stage.chained || info.can_chain(), "cannot stand in a chained stage");
    check.require(std::max({op.in.channels, op.out.channels, op.size / kLanes}) < kMaxUnits, "has too many units");
    check.require(std::strcmp(missing, info.name) != 0, "stands in the wrong program");
    for (const int64_t n : {op.weight, op.bias, op.packed, op.gradient, op.bias_gradient, op.partial, op.scratch, op.size,
                            op.place, op.decay, op.average, op.squares, op.winners})
        check.require(n >= -1 && n < kLargest, "offset out of range");
    for (const int64_t n : {op.kernel_size, op.stride}) check.require(n >= 1 && n <= kLargestWindow, "window out of range");
    check.require(op.padding >= 0 && op.padding <= kLargestWindow, "window out of range");
    return info.rule(check);
}

// Calls f(operation, floats of thread scratch) for each operation, once it is checked.
template <class F>
void each_operation(const Program& program, F f) {
    const Sizes& s = program.sizes;
    for (const int64_t n : {s.lanes, s.shared, s.gradients, s.memory, s.partials, s.scratch, s.thread_scratch, s.outputs})
        if (n < 0 || n > (int64_t{1} << 34)) throw std::invalid_argument("memory size out of range");
    if (program.batch_size < 1 || program.batch_size > kMostImages || program.classes < 1 ||
        program.classes > kMostClasses || program.image_size < 1)
        throw std::invalid_argument("batch size, classes or image size out of range");
    if (program.spread < 0 || program.spread > program.batch_size)
        throw std::invalid_argument("a batch cannot be spread over more lane groups than it has images");
    const auto each = [&](const std::vector<Stage>& stages, const char* missing) {
        for (const Stage& stage : stages)
            for (const Op& op : stage.ops) f(op, check_operation(op, stage, program, missing));
    };
    each(program.training, "write_values");
    each(program.evaluation, "loss");
    each(program.probe, "");
}

}  // namespace

void Check::require(bool holds, const char* what) const {
    if (!holds) throw std::invalid_argument(std::string("operation '") + name_ + "': " + what);
}

void Check::within(int64_t begin, int64_t count, int64_t size, const char* where) const {
    const bool holds = begin >= 0 && count >= 0 && begin <= size && count <= size - begin;
    if (!holds) require(false, (std::string("reaches beyond the ") + where).c_str());
}

void Check::aligned(std::initializer_list<int64_t> offsets) const {
    for (const int64_t n : offsets) require(n >= 0 && n % kLanes == 0, "not aligned");
}

void Check::view(const View& v, int64_t border) const {
    for (const int64_t n : {v.channels, v.height, v.width})
        require(n >= 1 && n <= kLargestSide, "shape out of range");
    for (const int64_t n : {v.offset, v.channel_stride, v.row_stride})
        require(n >= 0 && n < (int64_t{1} << 32), "stride out of range");
    require(v.channel_stride >= 1 && v.row_stride >= 1, "strides must be positive");
    const int64_t first = v.offset - border;
    const int64_t last =
        v.offset + (v.channels - 1) * v.channel_stride + (v.height - 1) * v.row_stride + v.width - 1 + border;
    require(first >= 0 && last < sizes.lanes, "reaches beyond the lane group");
}

void Check::flat(const View& v) const {
    view(v);
    require(v.height == 1 && v.width == 1 && (v.channel_stride == 1 || v.channels == 1), "expected a flat value");
}

void Check::same_shapes() const {
    view(op.in);
    view(op.out);
    require(op.in.channels == op.out.channels && op.in.height == op.out.height && op.in.width == op.out.width,
            "shapes differ");
}

int64_t Check::product(std::initializer_list<int64_t> numbers) const {
    int64_t result = 1;
    for (const int64_t n : numbers) {
        require(n >= 0 && (n == 0 || result <= kLargest / n), "shape out of range");
        result *= n;
    }
    return result;
}

void validate(const Program& program) {
    each_operation(program, [&](const Op& op, int64_t floats) {
        if (floats == 0) return;
        const Check check(op, program);
        check.within(0, floats, program.sizes.thread_scratch, "thread scratch");
        check.aligned({program.sizes.thread_scratch});
    });
}

int64_t thread_scratch(const Program& program) {
    int64_t most = 0;
    each_operation(program, [&](const Op&, int64_t floats) { most = std::max(most, floats); });
    return (most + kLanes - 1) / kLanes * kLanes;
}

int64_t gradient_border(int64_t kernel_size, int64_t padding) {
    const int64_t beyond = kernel_size - 1 - padding;
    return beyond <= kWideBorder ? beyond : 1;
}

}  // namespace seedbed
