// Runs the native tests: all of them, or those whose name contains one of the arguments.
//
// SEEDBED_TEST_PERCENT (100 unless set) scales the number of random cases.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "../dispatch.h"
#include "bench.h"
#include "check.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#include <sanitizer/common_interface_defs.h>
#define SEEDBED_SANITIZED
#endif

namespace seedbed::tests {

namespace {
int failures_of_test = 0;
constexpr int kMostPrinted = 8;
}  // namespace

std::vector<Test>& all_tests() {
    static std::vector<Test> tests;
    return tests;
}

std::string& current_case() {
    static std::string name;
    return name;
}

void fail(const char* file, int line, const std::string& message) {
    if (++failures_of_test > kMostPrinted) return;
    std::fprintf(stderr, "%s:%d: %s\n    in %s\n", file, line, message.c_str(), current_case().c_str());
}

int64_t share(int64_t full) {
    static const int64_t percent = [] {
        const char* set = std::getenv("SEEDBED_TEST_PERCENT");
        return set == nullptr ? int64_t{100} : static_cast<int64_t>(std::atoll(set));
    }();
    return std::max<int64_t>(1, full * percent / 100);
}

namespace {

// True if the test passed.
bool passes(const Test& test) {
    failures_of_test = 0;
    current_case() = test.name;
    const auto start = std::chrono::steady_clock::now();
    try {
        test.run();
    } catch (const std::exception& error) {
        fail(__FILE__, __LINE__, text("unexpected exception: ", error.what()));
    }
    const std::chrono::duration<double> wall_s = std::chrono::steady_clock::now() - start;
    std::printf("%-6s %6.2f s  %s\n", failures_of_test ? "FAILED" : "ok", wall_s.count(), test.name);
    if (failures_of_test > kMostPrinted) std::printf("        %d checks failed\n", failures_of_test);
    std::fflush(stdout);
    return failures_of_test == 0;
}

bool is_wanted(const Test& test, int count, char** names) {
    if (count < 2) return true;
    if (test.needs_others) return false;
    for (int i = 1; i < count; ++i)
        if (std::strstr(test.name, names[i]) != nullptr) return true;
    return false;
}

// A kernel that no test runs would be a kernel that nobody checked.
LAST_TEST(every_kernel_was_tested) {
    for (const KernelInfo& kernel : kernels())
        CHECK(tested_kernels().contains(kernel.name), "no test in cpp/tests runs the kernel '", kernel.name, "'");
}

}  // namespace
}  // namespace seedbed::tests

int main(int count, char** names) {
    using namespace seedbed::tests;
#ifdef SEEDBED_SANITIZED
    __sanitizer_set_death_callback([] { std::fprintf(stderr, "    in %s\n", current_case().c_str()); });
#endif
    for (const seedbed::InstructionSet& set : seedbed::instruction_sets())
        std::printf("%s: %s\n", set.name, set.supported ? "tested" : "NOT TESTED, this processor lacks it");
    int run = 0, failed = 0;
    for (const bool needs_others : {false, true})
        for (const Test& test : all_tests())
            if (test.needs_others == needs_others && is_wanted(test, count, names)) ++run, failed += !passes(test);
    std::printf("%d tests, %d failed\n", run, failed);
    if (run == 0) std::fprintf(stderr, "no test has such a name\n");
    return failed > 0 || run == 0;
}
