// What rules check one operation with: each call throws std::invalid_argument, which names the operation, or returns.
#pragma once
#include <initializer_list>
#include <string>

#include "executor.h"
#include "kernels/list.h"

namespace seedbed {

class Check {
  public:
    Check(const Op& op, const Program& program)
        : op(op), program(program), sizes(program.sizes), name_(kernels()[op.kernel].name) {}

    const Op& op;
    const Program& program;
    const Sizes& sizes;

    void require(bool holds, const char* what) const;
    // Floats [begin, begin + count) of an array of `size`.
    void within(int64_t begin, int64_t count, int64_t size, const char* where) const;
    void shared(int64_t begin, int64_t count) const { within(begin, count, sizes.shared, "shared floats"); }
    void gradients(int64_t begin, int64_t count) const { within(begin, count, sizes.gradients, "gradients"); }
    void lanes(int64_t begin, int64_t count) const { within(begin, count, sizes.lanes, "lane group"); }
    // `count` floats for each image that there is memory for.
    void scratch(int64_t begin, int64_t count) const { within(begin, count * rows(), sizes.scratch * rows(), "scratch"); }
    // The operation's `size` floats of each slot.
    void partials() const { within(op.partial, op.size * kMaxSlots, sizes.partials * kMaxSlots, "partial gradients"); }
    void aligned(std::initializer_list<int64_t> offsets) const;
    // A view, with `border` columns left and right of it that may be read.
    void view(const View& v, int64_t border = 0) const;
    void flat(const View& v) const;
    void same_shapes() const;

    int64_t product(std::initializer_list<int64_t> numbers) const;
    int64_t rows() const { return lane_groups(program) * kLanes; }

  private:
    const char* name_;
};

// The rule of each kernel: throws unless the operation stays within the program's memory, and returns the floats that a
// thread needs beside that while it executes one.
namespace rules {
// As many floats as fill vectors.
inline int64_t align(int64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

#define SEEDBED_RULE(name, unit) int64_t name(const Check&);
SEEDBED_KERNELS(SEEDBED_RULE)
#undef SEEDBED_RULE
}  // namespace rules

}  // namespace seedbed
