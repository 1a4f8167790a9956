// A correlation with vectors over channels of the result and images one by one: lanes that hold no image cost nothing. For
// lane groups that are not full; each result is the same chain of multiply-adds as in conv2d_block.h.
//
// Weights are packed in blocks of kVectorChannels. Sums are transposed back into lanes, sixteen channels × sixteen images at a time.
#pragma once
#include "conv2d_block.h"

namespace seedbed::SEEDBED_NAMESPACE {

constexpr int kChannelVectors = kVectorChannels / kLanes;
// Images whose sums stay in registers beside the weights of one window position.
constexpr int kChannelImages = kAccumulators >= 24 ? 14 : kAccumulators / kChannelVectors;
// Vectors of weights of one panel: 6 KB of the first-level cache, beside the values they meet and the sums.
constexpr int64_t kChannelPanel = 100;

// A strip of results in all images of a lane group and a block of channels, of which the weights are.
struct ChannelStrip : Terms {
    const float* bias;  // of the block, null for none
    float* sums;        // [result][image][channel]
    int64_t results, images;
};

// Adds `count` terms from `term` on for one result and some images.
template <int Images, int Window>
[[gnu::noinline]] void channel_block(const ChannelStrip& s, int64_t result, int64_t image, int64_t term, int64_t count) {
    constexpr int Vectors = kChannelVectors;
    const int columns = Window > 0 ? Window : static_cast<int>(s.columns);
    const int64_t window = s.kernel_size * s.kernel_size * kVectorChannels;
    float* place = s.sums + (result * kLanes + image) * kVectorChannels;
    Vector sum[Images][Vectors];
    if (term > 0) {
        SEEDBED_UNROLL
        for (int i = 0; i < Images; ++i)
            SEEDBED_UNROLL
            for (int v = 0; v < Vectors; ++v) sum[i][v] = load(place + (i * Vectors + v) * kLanes);
    } else {
        SEEDBED_UNROLL
        for (int v = 0; v < Vectors; ++v) sum[0][v] = s.bias ? load_unaligned(s.bias + v * kLanes) : zero();
        SEEDBED_UNROLL
        for (int i = 1; i < Images; ++i)
            SEEDBED_UNROLL
            for (int v = 0; v < Vectors; ++v) sum[i][v] = sum[0][v];
    }
    const float* values = s.value + term * s.value_channel + result * s.value_step + image;
    const float* block = s.weights + term * window + s.first * kVectorChannels;
    for (; count > 0; --count, values += s.value_channel, block += window) {
        const float* row = values;
        const float* weights = block;
        for (int64_t ky = 0; ky < s.rows; ++ky, row += s.value_row, weights += s.kernel_size * kVectorChannels) {
            const float* value = row;
            const float* weight = weights;
            SEEDBED_UNROLL_WINDOW
            for (int kx = 0; kx < columns; ++kx) {
                Vector w[Vectors];
                SEEDBED_UNROLL
                for (int v = 0; v < Vectors; ++v) w[v] = load(weight + v * kLanes);
                SEEDBED_UNROLL
                for (int i = 0; i < Images; ++i) {
                    const Vector x = splat(value[i]);
                    SEEDBED_UNROLL
                    for (int v = 0; v < Vectors; ++v) sum[i][v] = fma(w[v], x, sum[i][v]);
                }
                value += kLanes;
                weight += kVectorChannels;
            }
        }
    }
    SEEDBED_UNROLL
    for (int i = 0; i < Images; ++i)
        SEEDBED_UNROLL
        for (int v = 0; v < Vectors; ++v) store(place + (i * Vectors + v) * kLanes, sum[i][v]);
}

// Calls f(Size<width>) for a width from 1 to Most that is known when the program runs.
template <int Most, class F>
SEEDBED_INLINE void with_size(int64_t width, F f) {
    if (width == Most) return f(Size<Most>{});
    if constexpr (Most > 1) with_size<Most - 1>(width, f);
}

template <int Window>
void channel_strip(const ChannelStrip& s) {
    const int64_t fit = larger(1, kChannelPanel / (s.kernel_size * s.kernel_size * kChannelVectors));
    const int64_t panels = (s.terms + fit - 1) / fit, panel = (s.terms + panels - 1) / panels;
    in_lengths(s.images, kChannelImages, [&](int64_t image, int64_t image_end) {
        with_size<kChannelImages>(image_end - image, [&](auto images) {
            for (int64_t term = 0; term < s.terms; term += panel)
                for (int64_t result = 0; result < s.results; ++result)
                    channel_block<decltype(images)::value, Window>(s, result, image, term, smaller(panel, s.terms - term));
        });
    });
}

// block[c] is channel c of one of the strip's vectors of channels, in lanes; those beyond the images repeat the last one.
SEEDBED_INLINE void to_lanes(const ChannelStrip& s, int64_t result, int vector, Vector (&block)[kLanes]) {
    for (int64_t lane = 0; lane < kLanes; ++lane)
        block[lane] = load(s.sums + (result * kLanes + smaller(lane, s.images - 1)) * kVectorChannels + vector * kLanes);
    transpose(block);
}

// Calls f(result, channel, block) for all vectors of channels of a strip's results.
template <class F>
SEEDBED_INLINE void all_to_lanes(const ChannelStrip& s, F f) {
    for (int64_t result = 0; result < s.results; ++result)
        for (int vector = 0; vector < kChannelVectors; ++vector) {
            Vector block[kLanes];
            to_lanes(s, result, vector, block);
            f(result, vector * kLanes, block);
        }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
