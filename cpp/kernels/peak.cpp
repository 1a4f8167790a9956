// The most multiply-adds that a core can do: independent chains in registers and nothing else. Benchmarks divide by it.
//
// Reads: weight (sixteen shared floats for the result), size (rounds of `kPeakChains` multiply-adds on 16 lanes).
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {

void peak(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
        const Vector factor = load(ctx.shared + op.weight);
        Vector a[kAccumulators];
        SEEDBED_UNROLL
        for (int i = 0; i < kAccumulators; ++i) a[i] = splat(static_cast<float>(i));
        for (int64_t round = 0; round < op.size; ++round)
            SEEDBED_UNROLL
            for (int pass = 0; pass < kPeakChains / kAccumulators; ++pass)
                SEEDBED_UNROLL
                for (int i = 0; i < kAccumulators; ++i) a[i] = fma(a[i], factor, factor);
        Vector total = zero();
        SEEDBED_UNROLL
        for (int i = 0; i < kAccumulators; ++i) total = total + a[i];
        store(ctx.shared + op.weight, total);
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
