// Steps that change values and leave pixels where they are.
#include <algorithm>
#include <cmath>

#include "step.h"

namespace seedbed::prepare {
namespace {

constexpr int64_t kChains = 8;
constexpr int64_t kBlock = 16;

// Sum of f(value) in eight chains that are added one after the other: the same bits at every vector width.
template <class F>
double sum(const float* values, int64_t count, F f) {
    double chains[kChains] = {};
    int64_t i = 0;
    for (; i + kChains <= count; i += kChains)
        for (int64_t k = 0; k < kChains; ++k) chains[k] += f(static_cast<double>(values[i + k]));
    for (int64_t k = 0; i < count; ++i, ++k) chains[k] += f(static_cast<double>(values[i]));
    double total = 0;
    for (const double chain : chains) total += chain;
    return total;
}

double mean(const float* values, int64_t count) {
    return sum(values, count, [](double v) { return v; }) / static_cast<double>(count);
}

// values: scale of every channel, then shift of every channel.
void channels(const Step& step, const Sample&, const float* in, float* out, const Scratch&) {
    const int64_t plane = step.in.plane();
    for (int64_t c = 0; c < step.in.channels; ++c) {
        const float scale = step.values[c], shift = step.values[step.in.channels + c];
        for (int64_t i = c * plane; i < (c + 1) * plane; ++i) out[i] = in[i] * scale + shift;
    }
}

// values: the least standard deviation.
void standardize_image(const Step& step, const Sample&, const float* in, float* out, const Scratch&) {
    const int64_t size = step.in.size();
    const double middle = mean(in, size);
    const double squares = sum(in, size, [=](double v) { return (v - middle) * (v - middle); });
    const double variance = squares / static_cast<double>(size);
    const auto scale = static_cast<float>(1 / std::max(std::sqrt(variance), static_cast<double>(step.values[0])));
    const auto offset = static_cast<float>(middle);
    for (int64_t i = 0; i < size; ++i) out[i] = (in[i] - offset) * scale;
}

// values: mean of every input, then for every input its weights to all outputs, in rows rounded up to blocks.
void project(const Step& step, const Sample&, const float* in, float* out, const Scratch& scratch) {
    const int64_t size = step.in.size(), count = step.out.channels, row = round_up(count, kBlock);
    for (int64_t j = 0; j < size; ++j) scratch.floats[j] = in[j] - step.values[j];
    for (int64_t begin = 0; begin < count; begin += kBlock) {
        float sums[kBlock] = {};
        const float* weights = step.values.data() + size + begin;
        for (int64_t j = 0; j < size; ++j, weights += row)
            for (int64_t k = 0; k < kBlock; ++k) sums[k] += scratch.floats[j] * weights[k];
        std::copy_n(sums, std::min(kBlock, count - begin), out + begin);
    }
}

bool fits_project(const Step& step) {
    const int64_t size = step.in.size();
    return step.out.plane() == 1 &&
           static_cast<int64_t>(step.values.size()) == size * (1 + round_up(step.out.channels, kBlock));
}

// values: the most that is added to all pixels or taken from them.
void brightness(const Step& step, const Sample& sample, const float* in, float* out, const Scratch&) {
    uint32_t words[4];
    sample.random.block(words);
    const auto more = static_cast<float>((2 * unit(words[0]) - 1) * step.values[0]);
    for (int64_t i = 0; i < step.in.size(); ++i) out[i] = in[i] + more;
}

// values: least and largest factor of the distance from the mean of the channel.
void contrast(const Step& step, const Sample& sample, const float* in, float* out, const Scratch&) {
    uint32_t words[4];
    sample.random.block(words);
    const double low = step.values[0], high = step.values[1];
    const auto factor = static_cast<float>(low + (high - low) * unit(words[0]));
    const int64_t plane = step.in.plane();
    for (int64_t c = 0; c < step.in.channels; ++c) {
        const auto middle = static_cast<float>(mean(in + c * plane, plane));
        for (int64_t i = c * plane; i < (c + 1) * plane; ++i) out[i] = (in[i] - middle) * factor + middle;
    }
}

template <int kCount>
bool keeps_shape(const Step& step) {
    return same_shape(step) && step.values.size() == kCount;
}

}  // namespace

const Kind kChannels = {"channels",
                        [](const Step& s) {
                            return same_shape(s) && static_cast<int64_t>(s.values.size()) == 2 * s.in.channels;
                        },
                        no_room, channels};
const Kind kStandardizeImage = {"standardize_image", keeps_shape<1>, no_room, standardize_image};
const Kind kProject = {"project", fits_project, [](const Step& s) { return Room{s.in.size(), 0}; }, project};
const Kind kBrightness = {"brightness", keeps_shape<1>, no_room, brightness};
const Kind kContrast = {"contrast", keeps_shape<2>, no_room, contrast};

}  // namespace seedbed::prepare
