#include "random.h"

namespace seedbed::prepare {
namespace {

template <int kBlocks>
void rounds(uint32_t (&x)[4][kBlocks], uint32_t key0, uint32_t key1) {
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < kBlocks; ++i) {
            const uint64_t a = uint64_t{0xD2511F53} * x[0][i], b = uint64_t{0xCD9E8D57} * x[2][i];
            x[0][i] = static_cast<uint32_t>(b >> 32) ^ x[1][i] ^ key0;
            x[2][i] = static_cast<uint32_t>(a >> 32) ^ x[3][i] ^ key1;
            x[1][i] = static_cast<uint32_t>(b);
            x[3][i] = static_cast<uint32_t>(a);
        }
        key0 += 0x9E3779B9;
        key1 += 0xBB67AE85;
    }
}

}  // namespace

void Random::block(uint32_t* words) const {
    uint32_t x[4][1] = {{first_}, {sample_}, {epoch_}, {stream_}};
    rounds(x, key0_, key1_);
    for (int i = 0; i < 4; ++i) words[i] = x[i][0];
}

void Random::fill(int64_t count, uint32_t* words) const {
    constexpr int kBlocks = kWordsAtOnce / 4;
    for (int64_t begin = 0; begin < count; begin += kWordsAtOnce) {
        uint32_t x[4][kBlocks];
        for (int i = 0; i < kBlocks; ++i) {
            x[0][i] = first_ + static_cast<uint32_t>(begin / 4 + i);
            x[1][i] = sample_;
            x[2][i] = epoch_;
            x[3][i] = stream_;
        }
        rounds(x, key0_, key1_);
        for (int i = 0; i < kBlocks; ++i)
            for (int word = 0; word < 4; ++word) words[begin + 4 * i + word] = x[word][i];
    }
}

}  // namespace seedbed::prepare
