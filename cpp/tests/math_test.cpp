// exp, log, tanh, sigmoid and erf of every instruction set against long double, with the bounds of cpp/simd/math.h.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../dispatch.h"
#include "check.h"
#include "math_functions.h"

namespace seedbed {

#ifdef SEEDBED_X86
namespace avx512 {
extern const tests::MathFunctions math_functions;
}
namespace avx2 {
extern const tests::MathFunctions math_functions;
}
#endif
namespace portable {
extern const tests::MathFunctions math_functions;
}

namespace tests {
namespace {

constexpr int64_t kPoints = int64_t{1} << 22;

std::vector<MathFunctions> supported_functions() {
    std::vector<MathFunctions> all;
#ifdef SEEDBED_X86
    all = {avx512::math_functions, avx2::math_functions};
#endif
    all.push_back(portable::math_functions);
    std::erase_if(all, [](const MathFunctions& f) {
        return std::none_of(instruction_sets().begin(), instruction_sets().end(), [&](const InstructionSet& set) {
            return set.supported && std::string(set.name) == f.set;
        });
    });
    return all;
}

float from_bits(uint32_t bits) {
    float x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}
uint32_t to_bits(float x) {
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits;
}

// Twice as many floats of both signs, or as many of one: every exponent, evenly spread mantissas with random low bits,
// so that all edges between exponents are met.
std::vector<float> all_magnitudes(bool also_negative) {
    Random random(20);
    constexpr auto count = static_cast<uint64_t>(kPoints);
    std::vector<float> numbers;
    const uint64_t infinity = 0x7F800000;
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t low = infinity * i / count, high = std::max(infinity * (i + 1) / count, low + 1);
        const auto chosen = static_cast<uint32_t>(low + random.next() % (high - low));
        numbers.push_back(from_bits(chosen));
        if (also_negative) numbers.push_back(from_bits(chosen | 0x80000000));
    }
    return numbers;
}

// The floats around each edge, on both sides, and an even grid over [−limit, limit].
void add_dense(std::vector<float>& numbers, std::initializer_list<float> edges, float limit) {
    for (const float edge : edges)
        for (const float signed_edge : {edge, -edge}) {
            float up = signed_edge, down = signed_edge;
            for (int i = 0; i < 1024; ++i) {
                numbers.push_back(up);
                numbers.push_back(down);
                up = std::nextafter(up, INFINITY);
                down = std::nextafter(down, -INFINITY);
            }
        }
    const int64_t steps = kPoints / 2;
    for (int64_t i = 0; i < steps; ++i)
        numbers.push_back(limit * static_cast<float>(2.0 * static_cast<double>(i) / static_cast<double>(steps) - 1.0));
}

// Units in the last place of the float32 nearest to `exact`, between two denormals at the least.
long double ulp_of(long double exact) {
    int exponent;
    std::frexp(exact, &exponent);
    return std::ldexp(1.0L, std::max(exponent, std::numeric_limits<float>::min_exponent) - 24);
}

using Exact = long double (*)(long double);

// The largest error in ulp on each set, and equal bits on all sets with FMA.
void scan(const char* name, Elementwise MathFunctions::*function, std::vector<float> numbers, Exact exact,
          long double stated_ulp, long double stated_without_fma = 0) {
    while (numbers.size() % 16) numbers.push_back(1.0f);
    std::vector<long double> expected(numbers.size());
    std::transform(numbers.begin(), numbers.end(), expected.begin(), [&](float x) { return exact(x); });
    std::vector<uint32_t> fused;
    // Whole vectors begin on a cache line.
    std::vector<float> memory(numbers.size() + 16);
    float* results = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64 / sizeof(float);
    for (const MathFunctions& functions : supported_functions()) {
        current_case() = text(name, " on ", functions.set);
        std::copy(numbers.begin(), numbers.end(), results);
        (functions.*function)(results, static_cast<int64_t>(numbers.size()));
        long double worst = 0;
        float worst_at = 0;
        for (size_t i = 0; i < numbers.size(); ++i) {
            const long double error = std::fabs(results[i] - expected[i]) / ulp_of(expected[i]);
            if (!(error <= worst)) worst = error, worst_at = numbers[i];
        }
        const bool rounds_twice = std::string(functions.set) == "portable";
        const long double bound_ulp = rounds_twice ? std::max(stated_ulp, stated_without_fma) : stated_ulp;
        CHECK(worst <= bound_ulp, "off by ", static_cast<double>(worst), " ulp at ", worst_at, ", stated are ",
              static_cast<double>(bound_ulp));
        std::vector<uint32_t> got(numbers.size());
        std::transform(results, results + numbers.size(), got.begin(), to_bits);
        if (std::string(functions.set) == "portable") continue;
        if (fused.empty()) fused = got;
        CHECK(got == fused, "other bits than the first set with FMA");
    }
}

// `function` of one number on each set.
template <class F>
void each_result(Elementwise MathFunctions::*function, float x, F f) {
    for (const MathFunctions& functions : supported_functions()) {
        alignas(64) float numbers[16];
        std::fill_n(numbers, 16, x);
        (functions.*function)(numbers, 16);
        for (const float result : numbers) f(functions.set, result);
    }
}

TEST(exp_is_within_2_ulp) {
    std::vector<float> numbers = all_magnitudes(true);
    // Multiples of ln 2 / 2 are where the reduction changes.
    add_dense(numbers, {0.0f, 0.34657359f, 0.69314718f, 1.03972077f, 10.39720771f, 86.64339757f, 87.0f, 88.0f}, 88.0f);
    std::erase_if(numbers, [](float x) { return x < -87.0f || x > 88.0f; });
    CHECK(static_cast<int64_t>(numbers.size()) >= kPoints, "too few points: ", numbers.size());
    scan("exp", &MathFunctions::exp, numbers, [](long double x) { return std::exp(x); }, 2);
}

TEST(log_is_within_2_ulp) {
    std::vector<float> numbers = all_magnitudes(false);
    add_dense(numbers, {1.0f, 1.41421356f, 0.70710678f, 2.0f, 0.5f, 1.17549435e-38f, 3.40282347e+38f}, 256.0f);
    std::erase_if(numbers, [](float x) { return !(x >= 1.17549435e-38f && std::isfinite(x)); });
    CHECK(static_cast<int64_t>(numbers.size()) >= kPoints, "too few points: ", numbers.size());
    scan("log", &MathFunctions::log, numbers, [](long double x) { return std::log(x); }, 2);
}

TEST(tanh_is_within_its_bound) {
    std::vector<float> numbers = all_magnitudes(true);
    add_dense(numbers, {0.0f, 0.625f, 1.0f, 4.0f, 8.0f, 9.010913f, 9.02f}, 10.0f);
    scan("tanh", &MathFunctions::tanh, numbers, [](long double x) { return std::tanh(x); }, 6, 7);
}

TEST(erf_is_within_2_ulp) {
    std::vector<float> numbers = all_magnitudes(true);
    add_dense(numbers, {0.0f, 0.9f, 3.95f}, 5.0f);
    scan("erf", &MathFunctions::erf, numbers, [](long double x) { return std::erf(x); }, 2);
}

// Half of tanh's 6 ulp below 1 (7 where the multiply-add rounds twice), each 2^-24, and one rounding of a number below 1:
// an absolute bound, as sigmoid is a difference from ½.
TEST(sigmoid_is_within_its_bound) {
    std::vector<float> numbers = all_magnitudes(true);
    add_dense(numbers, {0.0f, 2.0f, 16.0f, 18.04f}, 20.0f);
    while (numbers.size() % 16) numbers.push_back(0.0f);
    std::vector<float> memory(numbers.size() + 16);
    float* results = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64 / sizeof(float);
    for (const MathFunctions& functions : supported_functions()) {
        std::copy(numbers.begin(), numbers.end(), results);
        functions.sigmoid(results, static_cast<int64_t>(numbers.size()));
        const double bound = (std::string(functions.set) == "portable" ? 4.0 : 3.5) * 0x1p-24;
        for (size_t i = 0; i < numbers.size(); ++i) {
            const double error = std::fabs(results[i] - 1 / (1 + std::exp(-static_cast<double>(numbers[i]))));
            CHECK(error <= bound, functions.set, ": off by ", error, " at ", numbers[i]);
        }
    }
}

// A diverged run must show: NaN stays NaN, and beyond the clamps results stay finite or become the limit.
TEST(functions_beyond_their_range) {
    const auto is_nan = [](const char* set, float y) { CHECK(std::isnan(y), set, ": NaN became ", y); };
    each_result(&MathFunctions::exp, NAN, is_nan);
    each_result(&MathFunctions::tanh, NAN, is_nan);
    each_result(&MathFunctions::sigmoid, NAN, is_nan);
    each_result(&MathFunctions::erf, NAN, is_nan);
    for (const float x : {9.5f, 88.0f, 1e30f, INFINITY}) {
        each_result(&MathFunctions::tanh, x, [](const char* set, float y) { CHECK(y == 1.0f, set, ": ", y); });
        each_result(&MathFunctions::tanh, -x, [](const char* set, float y) { CHECK(y == -1.0f, set, ": ", y); });
    }
    for (const float x : {88.5f, 1e30f, INFINITY}) {
        each_result(&MathFunctions::exp, x,
                    [](const char* set, float y) { CHECK(std::isfinite(y) && y > 1.6e38f, set, ": ", y); });
        each_result(&MathFunctions::exp, -x,
                    [](const char* set, float y) { CHECK(y > 0 && y < 1.7e-38f, set, ": ", y); });
    }
}

// The code that runs is the named set's: with FMA (1 + 2^-12)² − 1 keeps its last bit, without it that bit is lost.
TEST(fused_multiply_add_where_the_set_has_it) {
    const float a = 1.0f + 0x1p-12f;
    for (const MathFunctions& functions : supported_functions()) {
        alignas(64) float result[16];
        functions.multiply_add(a, a, -1.0f, result);
        bool is_fused = std::string(functions.set) != "portable";
#ifdef __FP_FAST_FMAF
        is_fused = true;
#endif
        const float expected = is_fused ? 0x1p-11f + 0x1p-24f : 0x1p-11f;
        for (const float got : result) CHECK(got == expected, functions.set, ": got ", got, " for ", expected);
    }
}

}  // namespace
}  // namespace tests
}  // namespace seedbed
