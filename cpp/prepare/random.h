// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): the same words as src/seedbed/philox.py.
#pragma once
#include <cstdint>

namespace seedbed::prepare {

// Words come in groups of eight blocks of four.
constexpr int64_t kWordsAtOnce = 32;

constexpr int64_t round_up(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

// The random numbers of one step for one image: counter = (2**24 · number of the step + block, sample, epoch, stream).
class Random {
public:
    Random(uint64_t seed, uint32_t stream, uint32_t epoch, uint32_t sample, uint32_t step)
        : key0_(static_cast<uint32_t>(seed)), key1_(static_cast<uint32_t>(seed >> 32)), stream_(stream), epoch_(epoch),
          sample_(sample), first_(step << 24) {}

    // Four words: block 0.
    void block(uint32_t* words) const;
    // At least `count` words from block 0 on; `words` holds round_up(count, kWordsAtOnce).
    void fill(int64_t count, uint32_t* words) const;

private:
    uint32_t key0_, key1_, stream_, epoch_, sample_, first_;
};

// A number from the open interval (0, 1).
inline double unit(uint32_t word) { return (word + 0.5) * 0x1p-32; }

// A whole number from 0 to count - 1.
inline int64_t below(uint32_t word, int64_t count) {
    return static_cast<int64_t>((static_cast<uint64_t>(word) * static_cast<uint64_t>(count)) >> 32);
}

}  // namespace seedbed::prepare
