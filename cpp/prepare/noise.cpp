// Gaussian noise: Box and Muller (1958), with functions of our own so that all machines draw the same numbers.
#include <bit>
#include <cmath>

#include "step.h"

namespace seedbed::prepare {
namespace {

// Natural logarithm of a normal positive number; polynomial of Cephes (Moshier 1989, logf).
inline float logarithm(float x) {
    // The mantissa between √½ and √2.
    const uint32_t bits = std::bit_cast<uint32_t>(x) - 0x3F3504F3u;
    const auto exponent = static_cast<float>(static_cast<int32_t>(bits) >> 23);
    const float m = std::bit_cast<float>((bits & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
    const float square = m * m;
    float p = 7.0376836292e-2f * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    p = p * m * square - 2.12194440e-4f * exponent - 0.5f * square;
    return p + m + 0.693359375f * exponent;
}

// Two numbers from the standard normal distribution: √(-2 ln u) · (cos a, sin a), with u = (⌊w / 256⌋ + ½) / 2**24 of
// the first word and a = 2π (⌊w / 256⌋ / 2**24 - ½) of the second.
inline void normals(uint32_t first, uint32_t second, float& one, float& other) {
    const float u = (static_cast<float>(static_cast<int32_t>(first >> 8)) + 0.5f) * 0x1p-24f;
    const float radius = std::sqrt(-2.0f * logarithm(u));
    // Taylor's series of half the angle, which lies between -π/2 and π/2.
    const float h = (static_cast<float>(static_cast<int32_t>(second >> 8)) * 0x1p-24f - 0.5f) * 3.14159265f;
    const float t = h * h;
    float sine = 1 / 362880.0f - t * (1 / 39916800.0f);
    sine = h * (1 + t * (-1 / 6.0f + t * (1 / 120.0f + t * (-1 / 5040.0f + t * sine))));
    float cosine = -1 / 3628800.0f + t * (1 / 479001600.0f);
    cosine = 1 + t * (-1 / 2.0f + t * (1 / 24.0f + t * (-1 / 720.0f + t * (1 / 40320.0f + t * cosine))));
    one = radius * (1 - 2 * sine * sine);
    other = radius * (2 * sine * cosine);
}

// values: standard deviation at the beginning of the run, the part of it that is gone at its end.
void noise(const Step& step, const Sample& sample, const float* in, float* out, const Scratch& scratch) {
    const int64_t size = step.in.size();
    const auto std = static_cast<float>(step.values[0] * (1 - step.values[1] * sample.progress));
    const auto [drawn, words] = scratch;
    sample.random.fill(size, words);
    for (int64_t i = 0; i < size; i += 2) normals(words[i], words[i + 1], drawn[i], drawn[i + 1]);
    for (int64_t i = 0; i < size; ++i) out[i] = in[i] + std * drawn[i];
}

bool fits_noise(const Step& step) { return same_shape(step) && step.values.size() == 2; }

Room room_of_noise(const Step& step) {
    const int64_t drawn = round_up(step.in.size(), kWordsAtOnce);
    return {drawn, drawn};
}

}  // namespace

const Kind kNoise = {"noise", fits_noise, room_of_noise, noise};

}  // namespace seedbed::prepare
