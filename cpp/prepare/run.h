// The steps of a preparation, carried out on many images by several threads.
#pragma once
#include <span>
#include <vector>

#include "step.h"

namespace seedbed::prepare {

// What the random numbers of a call have in common.
struct Draw {
    uint64_t seed;
    uint32_t stream, epoch;
};

// Image order[i] goes through all steps, one after the other, and becomes row i of `out`; order[i] is also the number
// of its sample. `images` are rows of steps.front().in, T is uint8_t or float. Row i does not depend on the other rows,
// nor on the number of threads.
template <class T>
void run(const std::vector<Step>& steps, const T* images, std::span<const int64_t> order, const double* progress,
         const Draw& draw, int threads, float* out);

}  // namespace seedbed::prepare
