#include "totals.h"

#include <algorithm>

namespace seedbed::prepare {
namespace {

// So many squares of bytes fit into 32 bits, where the compiler adds many at a time.
constexpr int64_t kRun = 1 << 16;

}  // namespace

void add(const uint8_t* values, int64_t count, Totals& totals) {
    while (count > 0) {
        const int64_t length = std::min(count, kRun);
        uint32_t sum = 0, squares = 0;
        for (int64_t i = 0; i < length; ++i) {
            sum += values[i];
            squares += static_cast<uint32_t>(values[i]) * values[i];
        }
        totals.sum += sum;
        totals.squares += squares;
        values += length;
        count -= length;
    }
}

}  // namespace seedbed::prepare
