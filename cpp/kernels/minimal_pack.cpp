// Transforms the weights of a convolution for minimal filtering.
//
// Reads: in and out (their channels), weight, kernel_size, tile, packed and scratch. Weights are [out][in][k][k]; at `packed` they
// are [product][block of 32 out channels][in][out], at `scratch`, if that is set, [product][block of in channels][out][in].
// Sixteen output channels are taken at a time, by whom the first of them belongs to.
#include "minimal_blocks.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// The weights of an output channel and sixteen input channels, transformed: [product][in]. Channels beyond the last one are 0.
template <class F>
void transform_weights(const Op& op, const Context& ctx, int64_t out, int64_t in, Vector (&to)[F::kProducts]) {
    constexpr int window = F::kWindow * F::kWindow;
    alignas(64) float weights[window][kLanes] = {};
    const float* from = ctx.shared + op.weight + (out * op.in.channels + in) * window;
    for (int64_t c = 0; c < smaller(kLanes, op.in.channels - in); ++c)
        for (int k = 0; k < window; ++k) weights[k][c] = from[c * window + k];
    apply_both_ways<typename F::OfWeights>([&](int i, int j) SEEDBED_INLINED { return load(weights[i * F::kWindow + j]); },
                                           [&](int i, int j, Vector u) SEEDBED_INLINED { to[i * F::kSide + j] = u; });
}

// Of sixteen output channels and as many input channels.
template <class F>
void pack_block(const Op& op, const Context& ctx, int64_t out, int64_t in) {
    const int64_t ins = op.in.channels, outs = op.out.channels, step = weight_step(op);
    Vector all[kLanes][F::kProducts];
    for (int64_t i = 0; i < kLanes; ++i) transform_weights<F>(op, ctx, out + i, in, all[i]);
    float* forward = ctx.shared + op.packed + out / kVectorChannels * kVectorChannels * ins + in * kVectorChannels + out % kVectorChannels;
    const int64_t backward = op.scratch + in / kVectorChannels * kVectorChannels * outs + out * kVectorChannels + in % kVectorChannels;
    for (int product = 0; product < F::kProducts; ++product) {
        Vector block[kLanes];
        for (int64_t i = 0; i < kLanes; ++i) block[i] = all[i][product];
        if (op.scratch >= 0)
            for (int64_t i = 0; i < kLanes; ++i)
                store(ctx.shared + backward + product * step + i * kVectorChannels, block[i]);
        transpose(block);
        for (int64_t c = 0; c < smaller(kLanes, ins - in); ++c) store(forward + product * step + c * kVectorChannels, block[c]);
    }
}

}  // namespace

void minimal_pack(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_filter(op, [&](auto filter) {
        for (int64_t out = (begin + kLanes - 1) / kLanes * kLanes; out < end; out += kLanes)
            for (int64_t in = 0; in < op.in.channels; in += kLanes) pack_block<decltype(filter)>(op, ctx, out, in);
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
