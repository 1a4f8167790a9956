// One operation under test: memory that ends exactly where the executor's own validation lets it end, what every float
// has to become, and a run on every instruction set.
//
// Everything that a test does not fill is NaN, so what a kernel reads and should not shows in its result; everything
// that a test does not expect to change must keep its bits; around every array and between lane groups lie guard zones,
// which AddressSanitizer watches for reads too.
#pragma once
#include <set>
#include <span>
#include <string>
#include <vector>

#include "../executor.h"
#include "check.h"
#include "number.h"

namespace seedbed::tests {

// Largest error of `terms` float32 roundings on numbers whose absolute values sum to `magnitude`: each is off by at
// most 2⁻²⁴ of what it rounds; 1.01 bounds 1 / (1 − terms·2⁻²⁴) (Higham 2002, lemma 3.1). A sum of n products has n + 1 of
// them along the longest path where the multiply-add rounds twice, n where it is fused.
double rounding(double terms, double magnitude);

// Names of the kernels that some bench has run, and some of its programs: each is right.
std::set<std::string>& tested_kernels();
std::vector<Program>& tried_programs();

// The kernel's operation, by name.
Op operation(const std::string& kernel);

// `program` with the smallest sizes that validate() accepts.
Sizes smallest(Program program);

// Places values in a lane group, with gaps between rows, channels and values.
class Layout {
  public:
    View image(Random& random, int64_t channels, int64_t height, int64_t width, int64_t border_y = 0,
               int64_t border_x = 0);
    View flat(Random& random, int64_t features);

  private:
    int64_t next_ = 0;
};

class Guarded {
  public:
    void allocate(int64_t count);
    float* data() { return all_.data() + front_; }
    int64_t size() const { return count_; }
    void guard_also(int64_t begin, int64_t count) { inner_.push_back({begin, count}); }
    void lock();
    void unlock();
    bool is_intact() const;

    Guarded() = default;
    // The alignment lies in the place.
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

  private:
    struct Range {
        int64_t begin, count;
    };
    std::vector<float> all_;
    std::vector<Range> inner_;
    int64_t front_ = 0, count_ = 0;
};

class Bench {
  public:
    // `preparation` runs before, on the same instruction set: what it packs is the set's own matter. `images`, `labels`
    // and `order` belong to the test where the kernel reads them.
    Bench(const Op& op, int64_t count, std::vector<Op> preparation = {});

    enum Array { lanes, shared, gradients, memory, partials, scratch, thread_scratch, losses, wrong, outputs, kArrays };

    float& at(Array array, int64_t index) { return arrays_[array].data()[index]; }
    int64_t lane(const View& v, int64_t group, int64_t c, int64_t y, int64_t x, int64_t lane) const {
        return group * context.group_stride + (v.offset + c * v.channel_stride + y * v.row_stride + x) * kLanes + lane;
    }
    // The value that the test put there.
    double value(const View& v, int64_t group, int64_t c, int64_t y, int64_t x, int64_t n) {
        return at(lanes, lane(v, group, c, y, x, n));
    }
    // A batch's images are spread evenly over its groups: group g holds images [g·count/groups, (g+1)·count/groups).
    int64_t first_image(int64_t group) const { return group * context.count / context.groups; }
    bool holds_image(int64_t group, int64_t lane) const { return first_image(group) + lane < first_image(group + 1); }
    // The image in a lane; those beyond a group's images repeat its last one.
    int64_t image(int64_t group, int64_t lane) const {
        return std::min(first_image(group) + lane, first_image(group + 1) - 1);
    }
    // Calls f(image, group, lane) for all images of the batch.
    template <class F>
    void each_image(F f) const {
        for (int64_t group = 0; group < context.groups; ++group)
            for (int64_t lane = 0; holds_image(group, lane); ++lane) f(first_image(group) + lane, group, lane);
    }

    // Random numbers from -1 to 1, also through an activation; in lanes beyond the batch too, or zeros there.
    void fill(Random& random, Array array, int64_t begin, int64_t count);
    void fill(Random& random, const View& view, Activation activation = Activation::none);
    void fill_gradient(Random& random, const View& view);
    void zero_border(const View& view, int64_t border_y, int64_t border_x);

    void expect(Array array, int64_t index, double value, double bound) {
        expected_.push_back({array, index, value, bound});
    }
    void expect(Array array, int64_t index, Number number) { expect(array, index, number.value, 1.01 * number.error); }
    // The numbers from `begin` on are these, given in ascending order.
    void expect_in_some_order(Array array, int64_t begin, std::vector<float> sorted);
    void may_change(Array array, int64_t begin, int64_t count);
    // Runs the operation on every instruction set, whole and in pieces, and checks all of the above.
    void check(Random& random);

    Op op;
    Context context{};

  private:
    struct Expectation {
        Array array;
        int64_t index;
        double value, bound;
    };
    struct Permutation {
        Array array;
        int64_t begin;
        std::vector<float> sorted;
    };
    int64_t units(const Op& of) const;
    void restore();
    void run(const InstructionSet& set, std::span<const int64_t> cuts);
    void check_values(const InstructionSet& set);
    void check_untouched(const InstructionSet& set);
    std::vector<float> results();

    std::vector<Op> preparation_;
    Guarded arrays_[kArrays];
    std::vector<float> before_[kArrays];
    std::vector<bool> free_[kArrays];
    std::vector<Expectation> expected_;
    std::vector<Permutation> permutations_;
};

// The activations that are fused into kernels.
constexpr Activation kActivations[] = {Activation::none, Activation::relu, Activation::tanh, Activation::sigmoid,
                                       Activation::scaled_tanh, Activation::sigmoid_tanh_slope};

// Activation and derivative in float64, the derivative given the activation's result.
double activated(Activation activation, double z);
double derivative(Activation activation, double a);
// Bounds of the same after a sum that is off by at most `bound`: exp, tanh and sigmoid as cpp/simd/math.h states.
double activated_bound(Activation activation, double z, double bound);
// … of gradient · derivative, for a gradient with terms · 2⁻²⁴ · magnitude.
double derived_bound(Activation activation, double a, double terms, double magnitude);
Number derived(Activation activation, double a, Number gradient);

}  // namespace seedbed::tests
