// Steps that move pixels by fractions: every pixel of the result is read between four pixels of the image (bilinear);
// beyond the image all is 0.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "step.h"

namespace seedbed::prepare {
namespace {

constexpr int64_t kBlock = 16;

// Where every pixel of the result comes from, and room for one channel with a border of zeros.
struct Warp {
    Warp(const Shape& shape_, const Scratch& scratch)
        : shape(shape_), rows(scratch.floats), columns(rows + shape.plane()), bordered(columns + shape.plane()),
          index(scratch.words) {}

    static Room room(const Shape& s) { return {2 * s.plane() + (s.height + 3) * (s.width + 3), s.plane()}; }

    const Shape shape;
    float *rows, *columns;  // first where from, then how far from the pixel above and to the left
    float* bordered;
    uint32_t* index;

    void apply(const float* in, float* out) {
        const int64_t stride = shape.width + 3;
        const auto bottom = static_cast<float>(shape.height), right = static_cast<float>(shape.width);
        for (int64_t i = 0; i < shape.plane(); ++i) {
            // From 0 on, so that cutting off is rounding down. On the border and beyond, everything is 0.
            const float y = std::min(std::max(rows[i], -1.0f), bottom) + 1.0f;
            const float x = std::min(std::max(columns[i], -1.0f), right) + 1.0f;
            const auto whole_y = static_cast<int32_t>(y), whole_x = static_cast<int32_t>(x);
            index[i] = static_cast<uint32_t>(whole_y * static_cast<int32_t>(stride) + whole_x);
            rows[i] = y - static_cast<float>(whole_y);
            columns[i] = x - static_cast<float>(whole_x);
        }
        std::fill_n(bordered, (shape.height + 3) * stride, 0.0f);
        for (int64_t c = 0; c < shape.channels; ++c, in += shape.plane(), out += shape.plane()) {
            for (int64_t y = 0; y < shape.height; ++y)
                std::copy_n(in + y * shape.width, shape.width, bordered + (y + 1) * stride + 1);
            for (int64_t i = 0; i < shape.plane(); ++i) {
                const float* p = bordered + index[i];
                const float y = rows[i], x = columns[i];
                const float above = p[0] * (1.0f - x) + p[1] * x;
                const float below = p[stride] * (1.0f - x) + p[stride + 1] * x;
                out[i] = above * (1.0f - y) + below * y;
            }
        }
    }
};

// Taylor's series, so that all machines agree; good to 1e-14 between -π and π.
double sine(double x) {
    double sum = 0, term = x;
    for (int n = 1; n < 30; n += 2) {
        sum += term;
        term *= -x * x / ((n + 1) * (n + 2));
    }
    return sum;
}

double cosine(double x) {
    const double half = sine(x / 2);
    return 1 - 2 * half * half;
}

// values: largest angle in radians, largest change of the scale, largest shear.
// An image point p (from the centre, to the right and down) goes to R(angle) · S(shear) · diag(scale x, scale y) · p.
void affine(const Step& step, const Sample& sample, const float* in, float* out, const Scratch& scratch) {
    uint32_t words[4];
    sample.random.block(words);
    const auto symmetric = [&](int word, int value) { return (2 * unit(words[word]) - 1) * step.values[value]; };
    const double angle = symmetric(0, 0), scale_x = 1 + symmetric(1, 1), scale_y = 1 + symmetric(2, 1);
    const double shear = symmetric(3, 2), s = sine(angle), c = cosine(angle);
    // The inverse: diag(1 / scale) · S(-shear) · R(-angle).
    const auto xx = static_cast<float>((c + shear * s) / scale_x), xy = static_cast<float>((s - shear * c) / scale_x);
    const auto yx = static_cast<float>(-s / scale_y), yy = static_cast<float>(c / scale_y);
    const float middle_y = 0.5f * static_cast<float>(step.in.height - 1);
    const float middle_x = 0.5f * static_cast<float>(step.in.width - 1);
    Warp warp(step.in, scratch);
    for (int64_t y = 0, i = 0; y < step.in.height; ++y)
        for (int32_t x = 0; x < step.in.width; ++x, ++i) {
            const float right = static_cast<float>(x) - middle_x, down = static_cast<float>(y) - middle_y;
            warp.columns[i] = (xx * right + xy * down) + middle_x;
            warp.rows[i] = (yx * right + yy * down) + middle_y;
        }
    warp.apply(in, out);
}

// How elastic displacements lie in memory: a field with room for the window on all sides, then the same smoothed along
// rows.
struct Fields {
    Fields(const Step& step)
        : height(step.in.height), width(step.in.width), taps(static_cast<int64_t>(step.values.size()) - 1),
          blocks(round_up(width, kBlock)), stride(blocks + taps - 1), tall(height + taps - 1) {}

    int64_t height, width, taps, blocks, stride, tall;
    int64_t floats() const { return tall * (stride + blocks); }
};

// out[i] = Σ_t weights[t] · in[i + t · step], for a block of neighbours. Four sums are written out because compilers
// do not keep an array of them in registers.
void smooth(const float* weights, int64_t taps, int64_t step, const float* in, float* out) {
    typedef float Vector __attribute__((vector_size(16)));
    const auto load = [](const float* from) {
        Vector v;
        std::memcpy(&v, from, sizeof v);
        return v;
    };
    Vector a{}, b{}, c{}, d{};
    for (int64_t t = 0; t < taps; ++t, in += step) {
        a += weights[t] * load(in);
        b += weights[t] * load(in + 4);
        c += weights[t] * load(in + 8);
        d += weights[t] * load(in + 12);
    }
    const Vector sums[] = {a, b, c, d};
    std::memcpy(out, sums, sizeof sums);
}

// values: alpha, then the weights of the smoothing window, an odd number of them.
void elastic(const Step& step, const Sample& sample, const float* in, float* out, const Scratch& scratch) {
    const Fields f(step);
    const float alpha = step.values[0], *weights = step.values.data() + 1;
    Warp warp(step.in, scratch);
    float* field = scratch.floats + Warp::room(step.in).floats;
    float* rows = field + f.tall * f.stride;
    const uint32_t* words = scratch.words;
    sample.random.fill(2 * f.height * f.width, scratch.words);
    std::fill_n(field, f.floats(), 0.0f);
    const int64_t radius = f.taps / 2;
    for (float* moved : {warp.columns, warp.rows}) {
        for (int64_t y = 0; y < f.height; ++y, words += f.width) {
            float* row = field + (y + radius) * f.stride;
            for (int64_t x = 0; x < f.width; ++x)
                row[radius + x] = static_cast<float>(static_cast<int32_t>(words[x] ^ 0x80000000u)) * 0x1p-31f;
            for (int64_t x = 0; x < f.blocks; x += kBlock)
                smooth(weights, f.taps, 1, row + x, rows + (y + radius) * f.blocks + x);
        }
        // The first rows of the field are done with; they take the result.
        for (int64_t y = 0; y < f.height; ++y)
            for (int64_t x = 0; x < f.blocks; x += kBlock)
                smooth(weights, f.taps, f.blocks, rows + y * f.blocks + x, field + y * f.stride + x);
        for (int64_t y = 0; y < f.height; ++y)
            for (int32_t x = 0; x < f.width; ++x) moved[y * f.width + x] = alpha * field[y * f.stride + x];
        std::fill_n(field, f.tall * f.stride, 0.0f);
    }
    for (int64_t y = 0, i = 0; y < f.height; ++y)
        for (int32_t x = 0; x < f.width; ++x, ++i) {
            warp.columns[i] += static_cast<float>(x);
            warp.rows[i] += static_cast<float>(y);
        }
    warp.apply(in, out);
}

bool fits_affine(const Step& step) {
    return same_shape(step) && step.values.size() == 3 && std::abs(step.values[0]) < 3.2f &&
           std::abs(step.values[1]) < 1 && std::isfinite(step.values[2]);
}

bool fits_elastic(const Step& step) {
    return same_shape(step) && step.values.size() >= 2 && step.values.size() % 2 == 0 &&
           std::all_of(step.values.begin(), step.values.end(), [](float v) { return std::isfinite(v); });
}

Room room_of_elastic(const Step& step) {
    return {Warp::room(step.in).floats + Fields(step).floats(), round_up(2 * step.in.plane(), kWordsAtOnce)};
}

}  // namespace

const Kind kAffine = {"affine", fits_affine, [](const Step& s) { return Warp::room(s.in); }, affine};
const Kind kElastic = {"elastic", fits_elastic, room_of_elastic, elastic};

}  // namespace seedbed::prepare
