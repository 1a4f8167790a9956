// Dropout: what is kept grows by `factor`, the rest becomes 0.
//
// Reads: in, out, factor, stream, threshold, scratch (the mask, one bit per value; `size` floats for each image), activation
// (backward: of the value in `in` that the gradient overwrites). Word i mod 4 of the Philox4x32-10 block with the counter
// (i div 4, sample, epoch, stream) decides on element i of an image: it is kept if the word is at least `threshold`.
// Source: Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Four words of sixteen images.
struct Block {
    alignas(64) uint32_t word[4][kLanes];
};

SEEDBED_INLINE void philox(Block& block, uint64_t seed) {
    auto key_0 = static_cast<uint32_t>(seed), key_1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
        for (int lane = 0; lane < kLanes; ++lane) {
            const uint64_t product_0 = uint64_t{0xD2511F53} * block.word[0][lane];
            const uint64_t product_1 = uint64_t{0xCD9E8D57} * block.word[2][lane];
            block.word[0][lane] = static_cast<uint32_t>(product_1 >> 32) ^ block.word[1][lane] ^ key_0;
            block.word[1][lane] = static_cast<uint32_t>(product_1);
            block.word[2][lane] = static_cast<uint32_t>(product_0 >> 32) ^ block.word[3][lane] ^ key_1;
            block.word[3][lane] = static_cast<uint32_t>(product_0);
        }
        key_0 += 0x9E3779B9;
        key_1 += 0xBB67AE85;
    }
}

void draw(const Op& op, const Context& ctx, int64_t group, int64_t number, Block& block) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
        block.word[0][lane] = static_cast<uint32_t>(number);
        block.word[1][lane] = static_cast<uint32_t>(ctx.samples[image_in(ctx, group, lane)]);
        block.word[2][lane] = static_cast<uint32_t>(ctx.epoch);
        block.word[3][lane] = static_cast<uint32_t>(op.stream);
    }
    philox(block, ctx.seed);
}

// Bit i is set if image i keeps the value.
SEEDBED_INLINE uint16_t kept(const uint32_t (&words)[kLanes], uint32_t threshold) {
    uint32_t bits = 0;
    for (int lane = 0; lane < kLanes; ++lane) bits |= static_cast<uint32_t>(words[lane] >= threshold) << lane;
    return static_cast<uint16_t>(bits);
}

SEEDBED_INLINE Vector factors(uint16_t bits, float factor) {
    alignas(64) float lanes[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = bits >> lane & 1 ? factor : 0.0f;
    return load(lanes);
}

// The mask of a lane group.
SEEDBED_INLINE char* mask_of(const Op& op, const Context& ctx, int64_t group) {
    return reinterpret_cast<char*>(ctx.scratch + op.scratch + group * op.size * kLanes);
}

}  // namespace

void dropout_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    Block block;
    for (int64_t group = begin; group < end; ++group) {
        char* mask = mask_of(op, ctx, group);
        int64_t i = 0;
        for (int64_t c = 0; c < op.in.channels; ++c)
            for (int64_t y = 0; y < op.in.height; ++y)
                for (int64_t x = 0; x < op.in.width; ++x, ++i) {
                    if (i % 4 == 0) draw(op, ctx, group, i / 4, block);
                    const uint16_t bits = kept(block.word[i % 4], static_cast<uint32_t>(op.threshold));
                    __builtin_memcpy(mask + i * sizeof bits, &bits, sizeof bits);
                    store(at(ctx, op.out, group, c, y, x), load(at(ctx, op.in, group, c, y, x)) * factors(bits, op.factor));
                }
    }
}

void dropout_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group) {
            const char* mask = mask_of(op, ctx, group);
            for (int64_t c = 0; c < op.in.channels; ++c)
                for (int64_t y = 0; y < op.in.height; ++y)
                    for (int64_t x = 0; x < op.in.width; ++x) {
                        uint16_t bits;
                        __builtin_memcpy(&bits, mask, sizeof bits);
                        mask += sizeof bits;
                        float* place = at(ctx, op.in, group, c, y, x);
                        const Vector gradient = load(at(ctx, op.out, group, c, y, x)) * factors(bits, op.factor);
                        store(place, act.derive(gradient, load(place)));
                    }
        }
    });
}

}  // namespace seedbed::SEEDBED_NAMESPACE
