#include "step.h"

#include <stdexcept>

namespace seedbed::prepare {
namespace {

const Kind* find(const std::string& name) {
    for (const Kind* kind : {&kChannels, &kStandardizeImage, &kProject, &kBrightness, &kContrast, &kNoise, &kWindow,
                             &kRandomCrop, &kFlip, &kShift, &kAffine, &kElastic})
        if (name == kind->name) return kind;
    throw std::invalid_argument("unknown step '" + name + "'");
}

bool is_sound(const Shape& shape) {
    constexpr int64_t most = 1 << 14;
    return shape.channels > 0 && shape.height > 0 && shape.width > 0 && shape.channels <= most &&
           shape.height <= most && shape.width <= most;
}

}  // namespace

Step::Step(const std::string& name, uint32_t number_, Shape in_, Shape out_, std::vector<float> values_)
    : kind(find(name)), number(number_), in(in_), out(out_), values(std::move(values_)) {
    if (number > 255 || !is_sound(in) || !is_sound(out) || !kind->fits(*this))
        throw std::invalid_argument("step '" + name + "': its shapes or its " + std::to_string(values.size()) +
                                    " values do not fit");
}

}  // namespace seedbed::prepare
