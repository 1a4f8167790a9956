// A program: what the engine executes. Plain data, shared by all instruction sets; no inline functions may live here.
//
// A value is kept as vectors over samples: element i of lane group g is the 16 floats at lanes[g * group_stride + 16 * i].
// During the backward pass the gradient of a value takes the place of the value itself: every operation that writes a
// gradient multiplies it with the derivative of the activation that made the value it overwrites.
#pragma once
#include <cstdint>

namespace seedbed {

constexpr int kLanes = 16;
constexpr int kMaxSlots = 8;
// Channels, rows, columns or features of a value; kernel size, stride or padding; outputs; images of a batch: at most.
constexpr int64_t kLargestSide = (int64_t{1} << 20) - 1, kLargestWindow = 4095, kMostClasses = 256;
constexpr int64_t kMostImages = int64_t{1} << 24;
// Output channels whose weight gradients a convolution gathers at a time.
constexpr int kMaxChannelBlock = 4;
// Columns of a strip of convolution results, at most.
constexpr int kStripColumns = 6;
// Vectors of gradients that a convolution's weight gradient takes at a time, unless a row is longer.
constexpr int kBandVectors = 384;
// Pixels of a transposed gradient that a convolution's weight gradient takes at a time.
constexpr int kChannelPixels = 14;
// Results of a strip over channels at most, and its channels at a time.
constexpr int kChannelResults = 8, kVectorChannels = 32;
// The input gradient of a convolution reads up to so many columns of zeros beyond the gradient's edges.
constexpr int kWideBorder = 2;
// Minimal filtering: columns of values of the tiles that are taken at a time, at most.
constexpr int kMinimalColumns = 40;
// A linear layer gathers the gradients of so many input features at a time, over so many outputs.
constexpr int kLinearColumns = 48, kLinearTerms = 48;
// A sum over all gradients is cut into so many parts, on any number of threads.
constexpr int kParts = 64;
// Multiply-adds on 16 lanes in one round of the kernel `peak`.
constexpr int kPeakChains = 24;

// scaled_tanh is kTanhScale · tanh(kTanhSlope · x). sigmoid_tanh_slope is the sigmoid with the derivative of tanh, 1 - a²:
// a fault of a source.
enum class Activation : int32_t { none, relu, tanh, sigmoid, scaled_tanh, sigmoid_tanh_slope };
constexpr float kTanhScale = 1.7159f, kTanhSlope = 2.0f / 3.0f;
// Functions of single values with a place of their own for the result: the derivative is taken from the input.
enum class Function : int32_t { leaky_relu, silu, gelu };
enum class Pooling : int32_t { average, maximum };
// `score` is no loss but what is asked of a network that is looked at: the output of the label.
enum class LossKind : int32_t { cross_entropy, squared, hinge, squared_hinge, score };

// Where a value lies within a lane group: element (c, y, x) is number offset + c·channel_stride + y·row_stride + x.
struct View {
    int64_t offset = 0;
    int64_t channels = 0, height = 0, width = 0;
    int64_t channel_stride = 0, row_stride = 0;
};

// What one operation needs; each kernel file says which fields it reads.
struct Op {
    int32_t kernel = 0;
    View in, out;
    int64_t weight = -1, bias = -1;          // offsets into the shared floats
    int64_t packed = -1;                     // offset into the shared floats
    int64_t gradient = -1, bias_gradient = -1;  // offsets into the gradients
    int64_t partial = -1;                    // offset into the partial gradients; slots follow each other, `size` apart
    int64_t scratch = -1;                    // offset into the batch scratch
    int64_t size = 0;
    int64_t place = 0;                       // floats of each image that lie before the values that are written
    int32_t kernel_size = 1, stride = 1, padding = 0;
    int32_t pool = 1;                        // of a convolution: 2 if windows of 2 × 2 results are pooled at once
    int32_t tile = 0, tiles = 0;             // of minimal filtering: results of a tile on each side, tiles at a time
    int64_t winners = -1;                    // offset into the lane group: which results were the largest; -1: not kept
    Activation activation = Activation::none;
    Pooling pooling = Pooling::average;
    LossKind loss = LossKind::cross_entropy;
    Function function = Function::leaky_relu;
    bool over_channels = false, back_over_channels = false;  // of a convolution: vectors over channels, images one by one
    bool is_sum = false;                     // of a loss: that of a batch is the sum over its images, not their mean
    bool unbiased = false;                   // of batch norm: the variance that running ones follow
    bool nesterov = false, centered = false, decoupled = false;  // of optimizers
    float factor = 0, smoothing = 0, slope = 0;
    float alpha = 0, beta = 0, k = 0;        // of response norm
    float momentum = 0, weight_decay = 0;
    int64_t stream = 0, threshold = 0;       // of random masks: last word of the counter, least word that keeps a value
    // Offsets into the shared floats, and constants of which 1 - x is needed to all digits.
    int64_t decay = -1, average = -1, squares = -1;
    double beta1 = 0, beta2 = 0, eps = 0, lr_decay = 0, keep = 0, clip_norm = 0;
};

// What changes from step to step and from thread to thread.
struct Context {
    float* lanes;
    int64_t group_stride;     // in floats
    float* shared;            // parameters, buffers, packed weights, statistics
    float* gradients;
    float* memory;            // optimizer
    float* partials;
    float* scratch;           // transposed inputs of linear layers
    float* thread_scratch;    // of one thread, for the length of one operation
    const uint8_t* images;    // the data set as bytes, or null
    const float* float_images;  // the data set as floats, or null
    int64_t image_size;       // numbers
    const uint8_t* labels;
    const int64_t* order;     // indices of the images of this batch
    const int64_t* samples;   // numbers of the images of this batch in the data set, for random masks
    uint64_t seed;            // of random masks
    int64_t epoch;
    int64_t count;            // images in this batch
    int64_t groups;           // lane groups in use: ceil(count / 16)
    int64_t slots;            // min(groups, kMaxSlots); slot s holds groups [s·groups/slots, (s+1)·groups/slots)
    int64_t slot;             // the slot that is being executed
    float* sample_losses;     // one per lane
    float* sample_wrong;
    float* outputs;           // values that are written, when asked for
    double lr;
    int64_t step;             // number of this step of the run, from 1
};

// Executes units [begin, end) of an operation; what a unit is depends on the operation.
using Kernel = void (*)(const Op&, const Context&, int64_t begin, int64_t end);

}  // namespace seedbed
