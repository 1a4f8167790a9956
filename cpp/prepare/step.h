// A step of the preparation of an image: plain data, and the function that carries it out.
//
// An image is float32, (channel, row, column). A step reads one image and writes another one elsewhere. Its result
// depends on its numbers, the image and the random words of (seed, epoch, sample, number of the step), on nothing else.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "random.h"

namespace seedbed::prepare {

struct Shape {
    int64_t channels = 0, height = 0, width = 0;
    int64_t plane() const { return height * width; }
    int64_t size() const { return channels * plane(); }
    bool operator==(const Shape&) const = default;
};

struct Step;

// What differs from image to image.
struct Sample {
    Random random;
    double progress;  // of the run: 0 at its first step, 1 after its last
};

// Numbers of floats and of words.
struct Room {
    int64_t floats = 0, words = 0;
};

struct Scratch {
    float* floats;
    uint32_t* words;
};

struct Kind {
    const char* name;
    // Whether numbers and shapes are such that `apply` stays within its memory.
    bool (*fits)(const Step&);
    // What `apply` needs for its own use.
    Room (*room)(const Step&);
    void (*apply)(const Step&, const Sample&, const float* in, float* out, const Scratch&);
};

struct Step {
    // Throws std::invalid_argument if the kind is unknown or does not fit.
    Step(const std::string& kind, uint32_t number, Shape in, Shape out, std::vector<float> values);

    const Kind* kind;
    uint32_t number;  // place among the steps that draw random numbers
    Shape in, out;
    std::vector<float> values;  // each kind says what they are
};

inline Room no_room(const Step&) { return {}; }
inline bool same_shape(const Step& step) { return step.in == step.out; }

// Values are changed, pixels stay where they are.
extern const Kind kChannels, kStandardizeImage, kProject, kBrightness, kContrast, kNoise;
// Pixels move by whole steps.
extern const Kind kWindow, kRandomCrop, kFlip, kShift;
// Pixels move by fractions.
extern const Kind kAffine, kElastic;

}  // namespace seedbed::prepare
