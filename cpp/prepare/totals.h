// Sums over the pixels of many images.
#pragma once
#include <cstdint>

namespace seedbed::prepare {

// What mean and standard deviation of bytes follow from, exactly.
struct Totals {
    uint64_t sum = 0, squares = 0;
};

// Adds `count` bytes to `totals`.
void add(const uint8_t* values, int64_t count, Totals& totals);

}  // namespace seedbed::prepare
