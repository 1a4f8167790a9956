// Operations that move values: pixels in, values out, copies with a border or another activation.
//
// gather reads: out, weight and bias (scale and shift per channel, in the shared floats).
// copy reads: in, out, padding (width of the border of zeros that `out` has around `in`), activation (forward: of `out`;
// backward: of the value in `in`).
// write_values reads: in, place. It writes rows of an image's values, image after image, behind what others write.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {

namespace {

// columns[i] lane j = rows[j][first + i]
SEEDBED_INLINE void load_columns(const uint8_t* const* rows, int64_t first, Vector (&columns)[kLanes]) {
    load_byte_columns(rows, first, columns);
}
SEEDBED_INLINE void load_columns(const float* const* rows, int64_t first, Vector (&columns)[kLanes]) {
    for (int64_t i = 0; i < kLanes; ++i) columns[i] = load_unaligned(rows[i] + first);
    transpose(columns);
}
SEEDBED_INLINE Vector load_pixels(const uint8_t* pixels) { return load_bytes(pixels); }
SEEDBED_INLINE Vector load_pixels(const float* pixels) { return load(pixels); }

template <class Pixel>
void gather_images(const Op& op, const Context& ctx, const Pixel* images, int64_t begin, int64_t end) {
    const int64_t width = op.out.width, plane = op.out.height * width;
    for (int64_t group = begin; group < end; ++group) {
        const Pixel* image[kLanes];
        for (int64_t lane = 0; lane < kLanes; ++lane)
            image[lane] = images + ctx.order[image_in(ctx, group, lane)] * ctx.image_size;
        for (int64_t c = 0; c < op.out.channels; ++c) {
            const Vector scale = splat(ctx.shared[op.weight + c]), shift = splat(ctx.shared[op.bias + c]);
            for (int64_t y = 0; y < op.out.height; ++y) {
                const int64_t first = c * plane + y * width;
                float* out = at(ctx, op.out, group, c, y);
                int64_t x = 0;
                for (; x + kLanes <= width; x += kLanes) {
                    Vector columns[kLanes];
                    load_columns(image, first + x, columns);
                    for (int64_t i = 0; i < kLanes; ++i) store(out + (x + i) * kLanes, fma(columns[i], scale, shift));
                }
                for (; x < width; ++x) {
                    alignas(64) Pixel pixels[kLanes];
                    for (int lane = 0; lane < kLanes; ++lane) pixels[lane] = image[lane][first + x];
                    store(out + x * kLanes, fma(load_pixels(pixels), scale, shift));
                }
            }
        }
    }
}

}  // namespace

void gather(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    if (ctx.float_images != nullptr)
        gather_images(op, ctx, ctx.float_images, begin, end);
    else
        gather_images(op, ctx, ctx.images, begin, end);
}

void copy_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const int64_t border = op.padding;
    with_activation(op.activation, [&](auto act) {
        // Of the border too: not every activation of 0 is 0.
        const Vector beyond = act.activate(zero());
        for (int64_t group = begin; group < end; ++group)
            for (int64_t c = 0; c < op.out.channels; ++c)
                for (int64_t y = 0; y < op.out.height; ++y) {
                    float* to = at(ctx, op.out, group, c, y);
                    const bool inside = y >= border && y < border + op.in.height;
                    const float* from = at(ctx, op.in, group, c, inside ? y - border : 0);
                    const int64_t left = inside ? border : op.out.width;
                    const int64_t right = inside ? border + op.in.width : op.out.width;
                    int64_t x = 0;
                    for (; x < left; ++x) store(to + x * kLanes, beyond);
                    for (; x < right; ++x) store(to + x * kLanes, act.activate(load(from + (x - border) * kLanes)));
                    for (; x < op.out.width; ++x) store(to + x * kLanes, beyond);
                }
    });
}

void copy_backward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto act) {
        for (int64_t group = begin; group < end; ++group)
            for (int64_t c = 0; c < op.in.channels; ++c)
                for (int64_t y = 0; y < op.in.height; ++y) {
                    float* place = at(ctx, op.in, group, c, y);
                    const float* gradient = at(ctx, op.out, group, c, y + op.padding, op.padding);
                    for (int64_t x = 0; x < op.in.width * kLanes; x += kLanes)
                        store(place + x, act.derive(load(gradient + x), load(place + x)));
                }
    });
}

void write_values(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const View& v = op.in;
    const int64_t plane = v.height * v.width, size = v.channels * plane;
    // What lies side by side there too: rows, whole channels, or everything.
    const bool whole_channels = v.row_stride == v.width || v.height == 1;
    const bool everything = whole_channels && (v.channel_stride == plane || v.channels == 1);
    const int64_t length = everything ? size : whole_channels ? plane : v.width;
    const int64_t rows = whole_channels ? 1 : v.height, channels = everything ? 1 : v.channels;
    for (int64_t group = begin; group < end; ++group) {
        const int64_t images = images_in(ctx, group);
        float* out = ctx.outputs + op.place * ctx.count + first_image(ctx, group) * size;
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t y = 0; y < rows; ++y, out += length) {
                const float* value = at(ctx, v, group, c, y);
                for (int64_t i = 0; i < length; i += kLanes) {
                    const int64_t count = smaller(kLanes, length - i);
                    Vector columns[kLanes];
                    for (int64_t k = 0; k < kLanes; ++k)
                        columns[k] = k < count ? load(value + (i + k) * kLanes) : zero();
                    transpose(columns);
                    for (int64_t lane = 0; lane < images; ++lane) store_up_to(out + lane * size + i, columns[lane], count);
                }
            }
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
