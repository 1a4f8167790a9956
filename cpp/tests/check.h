// Checks of the native tests: registered by name, counted, reported with the case that was being tried.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

namespace seedbed::tests {

struct Test {
    const char* name;
    void (*run)();
    bool needs_others;  // runs after all others and looks at what they did; only when no names are given
};

std::vector<Test>& all_tests();

struct Registration {
    Registration(const char* name, void (*run)(), bool needs_others) { all_tests().push_back({name, run, needs_others}); }
};

// What is being tried; printed with a failure, and by a sanitizer that ends the process.
std::string& current_case();

void fail(const char* file, int line, const std::string& message);

// How many of `full` random cases to try: SEEDBED_TEST_PERCENT of them, at least one.
int64_t share(int64_t full);

template <class... Parts>
std::string text(const Parts&... parts) {
    std::ostringstream stream;
    stream.precision(9);
    (stream << ... << parts);
    return stream.str();
}

// Numbers for a test (splitmix64: Steele, Lea and Flood 2014); the same on every machine.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    int64_t below(int64_t n) { return static_cast<int64_t>(next() % static_cast<uint64_t>(n)); }
    int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }
    bool flip() { return next() & 1; }
    // From -1 to 1.
    float uniform() { return static_cast<float>(static_cast<int64_t>(next() >> 39) - (1 << 24)) * 0x1p-24f; }
    template <class T>
    T pick(std::initializer_list<T> values) {
        return values.begin()[below(static_cast<int64_t>(values.size()))];
    }

  private:
    uint64_t state_;
};

#define SEEDBED_TEST(name, needs_others)                                                        \
    static void name();                                                                         \
    static const ::seedbed::tests::Registration registration_##name(#name, name, needs_others); \
    static void name()
#define TEST(name) SEEDBED_TEST(name, false)
#define LAST_TEST(name) SEEDBED_TEST(name, true)

#define CHECK(condition, ...)                                                                            \
    do {                                                                                                 \
        if (!(condition))                                                                                \
            ::seedbed::tests::fail(__FILE__, __LINE__, ::seedbed::tests::text(#condition, ": ", __VA_ARGS__)); \
    } while (false)

}  // namespace seedbed::tests
