// Steps that move pixels by whole steps; what comes from beyond the image is 0.
#include <algorithm>
#include <cmath>

#include "step.h"

namespace seedbed::prepare {
namespace {

// out(y, x) = in(y + top, x + left)
void take_window(const Step& step, int64_t top, int64_t left, const float* in, float* out) {
    const int64_t begin = std::clamp<int64_t>(-left, 0, step.out.width);
    const int64_t end = std::clamp<int64_t>(step.in.width - left, begin, step.out.width);
    for (int64_t c = 0; c < step.out.channels; ++c)
        for (int64_t y = 0; y < step.out.height; ++y, out += step.out.width) {
            const int64_t row = y + top;
            if (row < 0 || row >= step.in.height) {
                std::fill_n(out, step.out.width, 0.0f);
                continue;
            }
            const float* from = in + (c * step.in.height + row) * step.in.width + left;
            std::fill(out, out + begin, 0.0f);
            std::copy(from + begin, from + end, out + begin);
            std::fill(out + end, out + step.out.width, 0.0f);
        }
}

bool same_channels(const Step& step) { return step.in.channels == step.out.channels; }

bool is_count(float value) { return value >= 0 && value <= 1 << 14 && value == std::floor(value); }

// A window in the middle: smaller than the image to crop, larger to pad. No values. An odd pixel too many is cut off
// at the bottom and at the right.
void window(const Step& step, const Sample&, const float* in, float* out, const Scratch&) {
    const auto offset = [](int64_t from, int64_t to) { return from >= to ? (from - to) / 2 : -((to - from) / 2); };
    take_window(step, offset(step.in.height, step.out.height), offset(step.in.width, step.out.width), in, out);
}

// values: pixels of padding on every side, before the crop.
void random_crop(const Step& step, const Sample& sample, const float* in, float* out, const Scratch&) {
    uint32_t words[4];
    sample.random.block(words);
    const auto padding = static_cast<int64_t>(step.values[0]);
    take_window(step, below(words[0], step.in.height + 2 * padding - step.out.height + 1) - padding,
                below(words[1], step.in.width + 2 * padding - step.out.width + 1) - padding, in, out);
}

bool fits_random_crop(const Step& step) {
    if (!same_channels(step) || step.values.size() != 1 || !is_count(step.values[0])) return false;
    const auto padding = static_cast<int64_t>(step.values[0]);
    return step.out.height <= step.in.height + 2 * padding && step.out.width <= step.in.width + 2 * padding;
}

// Left and right swapped in every other image. No values.
void flip(const Step& step, const Sample& sample, const float* in, float* out, const Scratch&) {
    uint32_t words[4];
    sample.random.block(words);
    if (words[0] >= 0x80000000u) {
        std::copy_n(in, step.in.size(), out);
        return;
    }
    for (int64_t row = 0; row < step.in.channels * step.in.height; ++row)
        std::reverse_copy(in + row * step.in.width, in + (row + 1) * step.in.width, out + row * step.in.width);
}

// values: the most pixels, down or up and right or left.
void shift(const Step& step, const Sample& sample, const float* in, float* out, const Scratch&) {
    uint32_t words[4];
    sample.random.block(words);
    const auto most = static_cast<int64_t>(step.values[0]);
    take_window(step, most - below(words[0], 2 * most + 1), most - below(words[1], 2 * most + 1), in, out);
}

}  // namespace

const Kind kWindow = {"window", [](const Step& s) { return same_channels(s) && s.values.empty(); }, no_room, window};
const Kind kRandomCrop = {"random_crop", fits_random_crop, no_room, random_crop};
const Kind kFlip = {"flip", [](const Step& s) { return same_shape(s) && s.values.empty(); }, no_room, flip};
const Kind kShift = {
    "shift", [](const Step& s) { return same_shape(s) && s.values.size() == 1 && is_count(s.values[0]); }, no_room,
    shift};

}  // namespace seedbed::prepare
