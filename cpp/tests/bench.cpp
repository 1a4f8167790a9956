#include "bench.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(begin, size) ((void)(begin), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(begin, size) ((void)(begin), (void)(size))
#endif

namespace seedbed::tests {
namespace {

constexpr int64_t kGuard = 1024;     // floats before and after an array
constexpr int64_t kGroupGap = 32;    // vectors between lane groups
constexpr uint32_t kCanary = 0x7FC5EEDB;  // a NaN

uint32_t bits(float x) {
    uint32_t result;
    std::memcpy(&result, &x, sizeof result);
    return result;
}

float canary() {
    float x;
    std::memcpy(&x, &kCanary, sizeof x);
    return x;
}

bool is_accepted(const Program& program) {
    try {
        validate(program);
        return true;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

}  // namespace

double rounding(double terms, double magnitude) { return 1.01 * terms * 0x1p-24 * magnitude + 0x1p-140; }

std::set<std::string>& tested_kernels() {
    static std::set<std::string> names;
    return names;
}

std::vector<Program>& tried_programs() {
    static std::vector<Program> programs;
    return programs;
}

Op operation(const std::string& kernel) {
    for (size_t i = 0; i < kernels().size(); ++i)
        if (kernel == kernels()[i].name) {
            Op op;
            op.kernel = static_cast<int32_t>(i);
            return op;
        }
    throw std::logic_error("no kernel '" + kernel + "'");
}

Sizes smallest(Program program) {
    constexpr int64_t largest = int64_t{1} << 30;
    constexpr int64_t Sizes::*fields[] = {&Sizes::lanes,    &Sizes::shared,  &Sizes::gradients,     &Sizes::memory,
                                          &Sizes::partials, &Sizes::scratch, &Sizes::thread_scratch, &Sizes::outputs};
    for (const auto field : fields) program.sizes.*field = largest;
    validate(program);
    for (const auto field : fields) {
        // Some sizes must be whole vectors.
        const int64_t unit = field == &Sizes::thread_scratch ? kLanes : 1;
        int64_t low = -1, high = largest / unit;
        while (high - low > 1) {
            const int64_t middle = low + (high - low) / 2;
            program.sizes.*field = middle * unit;
            (is_accepted(program) ? high : low) = middle;
        }
        program.sizes.*field = high * unit;
    }
    return program.sizes;
}

View Layout::image(Random& random, int64_t channels, int64_t height, int64_t width, int64_t border_y,
                   int64_t border_x) {
    View v{0, channels, height, width, 0, 0};
    v.row_stride = width + 2 * border_x + random.below(2);
    v.channel_stride = (height + 2 * border_y) * v.row_stride + random.below(3);
    v.offset = next_ + border_y * v.row_stride + border_x + random.below(2);
    next_ = v.offset + channels * v.channel_stride + border_y * v.row_stride;
    return v;
}

View Layout::flat(Random& random, int64_t features) {
    const View v{next_ + random.below(3), features, 1, 1, 1, 1};
    next_ = v.offset + features;
    return v;
}

void Guarded::allocate(int64_t count) {
    count_ = count;
    all_.assign(static_cast<size_t>(count + 2 * kGuard + kLanes), canary());
    const auto address = reinterpret_cast<uintptr_t>(all_.data() + kGuard);
    front_ = kGuard + static_cast<int64_t>((64 - address % 64) % 64 / sizeof(float));
}

void Guarded::lock() {
    ASAN_POISON_MEMORY_REGION(all_.data(), static_cast<size_t>(front_) * sizeof(float));
    ASAN_POISON_MEMORY_REGION(data() + count_, (all_.size() - static_cast<size_t>(front_ + count_)) * sizeof(float));
    for (const Range r : inner_)
        ASAN_POISON_MEMORY_REGION(data() + r.begin, static_cast<size_t>(r.count) * sizeof(float));
}

void Guarded::unlock() { ASAN_UNPOISON_MEMORY_REGION(all_.data(), all_.size() * sizeof(float)); }

bool Guarded::is_intact() const {
    const auto holds = [](float x) { return bits(x) == kCanary; };
    const auto begin = all_.begin() + front_;
    return std::all_of(all_.begin(), begin, holds) && std::all_of(begin + count_, all_.end(), holds);
}

Bench::Bench(const Op& described, int64_t count, std::vector<Op> preparation)
    : op(described), preparation_(std::move(preparation)) {
    const std::string name = kernels()[op.kernel].name;
    Program program;
    program.batch_size = count;
    program.classes = name == "loss" ? op.in.channels : 1;
    program.image_size = name == "gather" ? op.out.channels * op.out.height * op.out.width : 1;
    (name == "write_values" ? program.evaluation : program.training) = {{false, false, preparation_},
                                                                        {false, false, {op}}};
    const Sizes sizes = program.sizes = smallest(program);
    tried_programs().push_back(program);

    context.count = count;
    context.groups = (count + kLanes - 1) / kLanes;
    context.slots = std::min<int64_t>(context.groups, kMaxSlots);
    context.group_stride = (sizes.lanes + kGroupGap) * kLanes;
    context.image_size = program.image_size;
    const int64_t rows = context.groups * kLanes;
    arrays_[lanes].allocate(context.group_stride * context.groups);
    for (int64_t group = 0; group < context.groups; ++group)
        arrays_[lanes].guard_also(group * context.group_stride + sizes.lanes * kLanes, kGroupGap * kLanes);
    arrays_[shared].allocate(sizes.shared);
    arrays_[gradients].allocate(sizes.gradients);
    arrays_[memory].allocate(sizes.memory);
    arrays_[partials].allocate(sizes.partials * kMaxSlots);
    arrays_[scratch].allocate(sizes.scratch * rows);
    arrays_[thread_scratch].allocate(sizes.thread_scratch);
    arrays_[losses].allocate(count);
    arrays_[wrong].allocate(count);
    arrays_[outputs].allocate(count * sizes.outputs);
    for (int array = 0; array < kArrays; ++array)
        free_[array].assign(static_cast<size_t>(arrays_[array].size()), false);
    may_change(thread_scratch, 0, sizes.thread_scratch);

    context.lanes = arrays_[lanes].data();
    context.shared = arrays_[shared].data();
    context.gradients = arrays_[gradients].data();
    context.memory = arrays_[memory].data();
    context.partials = arrays_[partials].data();
    context.scratch = arrays_[scratch].data();
    context.thread_scratch = arrays_[thread_scratch].data();
    context.sample_losses = arrays_[losses].data();
    context.sample_wrong = arrays_[wrong].data();
    context.outputs = arrays_[outputs].data();
}

void Bench::fill(Random& random, Array array, int64_t begin, int64_t count) {
    for (int64_t i = begin; i < begin + count; ++i) at(array, i) = random.uniform();
}

void Bench::fill(Random& random, const View& v, Activation activation) {
    for (int64_t g = 0; g < context.groups; ++g)
        for (int64_t c = 0; c < v.channels; ++c)
            for (int64_t y = 0; y < v.height; ++y)
                for (int64_t x = 0; x < v.width; ++x)
                    for (int64_t n = 0; n < kLanes; ++n)
                        at(lanes, lane(v, g, c, y, x, n)) =
                            static_cast<float>(activated(activation, 2.0 * random.uniform()));
}

void Bench::fill_gradient(Random& random, const View& v) {
    fill(random, v);
    for (int64_t g = 0; g < context.groups; ++g)
        for (int64_t c = 0; c < v.channels; ++c)
            for (int64_t y = 0; y < v.height; ++y)
                for (int64_t x = 0; x < v.width; ++x)
                    for (int64_t n = 0; n < kLanes; ++n)
                        if (!holds_image(g, n)) at(lanes, lane(v, g, c, y, x, n)) = 0;
}

void Bench::zero_border(const View& v, int64_t border_y, int64_t border_x) {
    for (int64_t g = 0; g < context.groups; ++g)
        for (int64_t c = 0; c < v.channels; ++c)
            for (int64_t y = -border_y; y < v.height + border_y; ++y)
                for (int64_t x = -border_x; x < v.width + border_x; ++x)
                    if (y < 0 || y >= v.height || x < 0 || x >= v.width)
                        for (int64_t n = 0; n < kLanes; ++n) at(lanes, lane(v, g, c, y, x, n)) = 0;
}

void Bench::expect_in_some_order(Array array, int64_t begin, std::vector<float> sorted) {
    may_change(array, begin, static_cast<int64_t>(sorted.size()));
    permutations_.push_back({array, begin, std::move(sorted)});
}

void Bench::may_change(Array array, int64_t begin, int64_t count) {
    std::fill_n(free_[array].begin() + begin, count, true);
}

int64_t Bench::units(const Op& of) const {
    switch (kernels()[of.kernel].unit) {
        case Unit::lane_group: return context.groups;
        case Unit::slot: return context.slots;
        case Unit::channel:
        case Unit::input_feature: return of.in.channels;
        case Unit::output_channel:
        case Unit::output_feature: return of.out.channels;
        case Unit::sixteen_numbers: return of.size / kLanes;
        case Unit::part: return kParts;
    }
    return 0;
}

void Bench::restore() {
    for (int array = 0; array < kArrays; ++array)
        std::copy(before_[array].begin(), before_[array].end(), arrays_[array].data());
}

void Bench::run(const InstructionSet& set, std::span<const int64_t> cuts) {
    for (Guarded& array : arrays_) array.lock();
    for (const Op& first : preparation_) set.table[first.kernel](first, context, 0, units(first));
    for (size_t i = 1; i < cuts.size(); ++i) set.table[op.kernel](op, context, cuts[i - 1], cuts[i]);
    for (Guarded& array : arrays_) array.unlock();
}

void Bench::check_values(const InstructionSet& set) {
    for (const Expectation& e : expected_) {
        const double got = at(e.array, e.index), error = std::fabs(got - e.value);
        CHECK(error <= e.bound, set.name, ": array ", e.array, "[", e.index, "] expected ", e.value, ", got ", got,
              ", off by ", error, " where ", e.bound, " is allowed");
    }
    for (const Permutation& p : permutations_) {
        const float* begin = arrays_[p.array].data() + p.begin;
        std::vector<float> got(begin, begin + p.sorted.size());
        std::sort(got.begin(), got.end());
        CHECK(got == p.sorted, set.name, ": array ", p.array, " from ", p.begin, " on holds other numbers");
    }
}

void Bench::check_untouched(const InstructionSet& set) {
    for (int array = 0; array < kArrays; ++array) {
        CHECK(arrays_[array].is_intact(), set.name, ": wrote beyond array ", array);
        for (int64_t i = 0; i < arrays_[array].size(); ++i)
            if (!free_[array][static_cast<size_t>(i)])
                CHECK(bits(at(Array(array), i)) == bits(before_[array][static_cast<size_t>(i)]), set.name,
                      ": changed array ", array, "[", i, "] to ", at(Array(array), i));
    }
}

std::vector<float> Bench::results() {
    std::vector<float> all;
    all.reserve(expected_.size());
    for (const Expectation& e : expected_) all.push_back(at(e.array, e.index));
    return all;
}

void Bench::check(Random& random) {
    tested_kernels().insert(kernels()[op.kernel].name);
    for (int array = 0; array < kArrays; ++array)
        before_[array].assign(arrays_[array].data(), arrays_[array].data() + arrays_[array].size());
    for (const Expectation& e : expected_) free_[e.array][static_cast<size_t>(e.index)] = true;
    const auto same_bits = [](const std::vector<float>& a, const std::vector<float>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), [](float x, float y) { return bits(x) == bits(y); });
    };
    std::vector<float> fused;
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.supported) continue;
        const int64_t whole[] = {0, units(op)};
        run(set, whole);
        check_values(set);
        check_untouched(set);
        const std::vector<float> first = results();
        if (std::string(set.name) != "portable") {
            if (fused.empty()) fused = first;
            CHECK(same_bits(first, fused), set.name, " differs from the other sets with FMA");
        }
        std::vector<int64_t> cuts{0, units(op)};
        for (int i = 0; i < 3; ++i) cuts.push_back(random.between(0, units(op)));
        std::sort(cuts.begin(), cuts.end());
        restore();
        run(set, cuts);
        check_untouched(set);
        CHECK(same_bits(results(), first), set.name, " gives other bits in pieces of its ", units(op), " units");
        restore();
    }
}

double activated(Activation activation, double z) {
    switch (activation) {
        case Activation::none: return z;
        case Activation::relu: return z > 0 ? z : 0;
        case Activation::tanh: return std::tanh(z);
        case Activation::sigmoid:
        case Activation::sigmoid_tanh_slope: return 1 / (1 + std::exp(-z));
        case Activation::scaled_tanh: return kTanhScale * std::tanh(kTanhSlope * z);
    }
    return NAN;
}

double derivative(Activation activation, double a) {
    constexpr double slope = kTanhSlope, scale = kTanhScale;
    switch (activation) {
        case Activation::none: return 1;
        case Activation::relu: return a > 0;
        case Activation::tanh:
        case Activation::sigmoid_tanh_slope: return 1 - a * a;
        case Activation::sigmoid: return a * (1 - a);
        case Activation::scaled_tanh: return slope * scale - a * a * slope / scale;
    }
    return NAN;
}

double activated_bound(Activation activation, double z, double bound) {
    const double a = std::fabs(activated(activation, z));
    switch (activation) {
        case Activation::none:
        case Activation::relu: return bound;
        case Activation::tanh: return bound + rounding(14, a + bound);  // 7 ulp
        case Activation::sigmoid:
        case Activation::sigmoid_tanh_slope: return bound / 4 + rounding(4, 1);  // half of tanh's 7 ulp below 1, one rounding
        case Activation::scaled_tanh: {
            const double reach = bound * kTanhSlope * kTanhScale;
            // The factor before z; then as tanh, and the factor behind it.
            return reach + rounding(1, kTanhScale * std::min(1.0, kTanhSlope * std::fabs(z))) + rounding(15, a + reach);
        }
    }
    return NAN;
}

double derived_bound(Activation activation, double a, double terms, double magnitude) {
    return derived(activation, a, {magnitude, rounding(terms, magnitude)}).error;
}

Number derived(Activation activation, double a, Number gradient) {
    const Number slope = kTanhSlope, scale = kTanhScale, value = a;
    switch (activation) {
        case Activation::none: return gradient;
        case Activation::relu: return a > 0 ? gradient : Number(0);
        case Activation::tanh:
        case Activation::sigmoid_tanh_slope: return gradient * (Number(1) - value * value);
        case Activation::sigmoid: return gradient * (value * (Number(1) - value));
        case Activation::scaled_tanh: return gradient * (slope * scale - value * value * (slope / scale));
    }
    return Number(NAN);
}

}  // namespace seedbed::tests
