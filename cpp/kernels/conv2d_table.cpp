// Convolutions in which an output channel does not look at every input channel: weights of absent pairs count as 0 and
// have no gradient.
//
// Both read: in and out (their channels), kernel_size, scratch (the table, [out][in], 1 for a connected pair, in the shared
// floats). conv2d_connect reads weight and writes packed, all weights with 0 for absent pairs; conv2d_disconnect reads
// partial and size, as conv2d_weight_gradient wrote them.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {

void conv2d_connect(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t window = static_cast<int64_t>(op.kernel_size) * op.kernel_size;
    for (int64_t pair = begin * op.in.channels; pair < end * op.in.channels; ++pair) {
        const float* from = ctx.shared + op.weight + pair * window;
        float* to = ctx.shared + op.packed + pair * window;
        const bool is_connected = ctx.shared[op.scratch + pair] > 0;
        for (int64_t k = 0; k < window; ++k) to[k] = is_connected ? from[k] : 0.0f;
    }
}

void conv2d_disconnect(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t window = static_cast<int64_t>(op.kernel_size) * op.kernel_size;
    for (int64_t slot = begin; slot < end; ++slot) {
        float* gradient = ctx.partials + op.partial + slot * op.size;
        for (int64_t pair = 0; pair < op.in.channels * op.out.channels; ++pair)
            if (!(ctx.shared[op.scratch + pair] > 0))
                for (int64_t k = 0; k < window; ++k) gradient[pair * window + k] = 0.0f;
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
