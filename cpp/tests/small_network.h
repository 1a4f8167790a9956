// A program written by hand with every kind of stage: 8×8 pixels, two convolutions, a pool, batch normalisation, a
// linear layer, a loss, stochastic gradient descent.
#pragma once
#include <vector>

#include "../executor.h"
#include "check.h"

namespace seedbed::tests {

constexpr int64_t kPixels = 64, kClasses = 10;

// The first operation packs weights; parameters and running statistics lie before what it packs.
Program small_network(int64_t batch_size, int64_t spread = 0);
// The same, without update and evaluation: it writes what the first convolution gives, and the gradient by that.
Program small_probe(int64_t batch_size, int64_t spread = 0);

// First values of the parameters.
void initialise(Executor& executor);

struct Images {
    Images(int64_t count, int64_t image_size, int64_t classes);
    std::vector<uint8_t> pixels, labels;
};

// `steps` batches of images in some order; the last batch lacks three images if it has more.
std::vector<int64_t> some_order(int64_t steps, int64_t batch_size, int64_t images);

}  // namespace seedbed::tests
