// Runs a program: many steps over one arena, on one or more threads, without knowing what the steps mean.
#pragma once
#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "dispatch.h"
#include "shares.h"

namespace seedbed {

// Operations with a barrier after the last one. In a chained stage all units are lane groups or slots, and each slot
// passes through all operations before the next slot begins, so that its values stay in the cache; a descending stage
// begins with the last slot, whose values the stages before it left there. Otherwise the operations are independent of
// each other and each one's units are spread over the threads. In both, a thread that is done helps the others (shares.h).
struct Stage {
    bool chained = false, descending = false;
    std::vector<Op> ops;
};

// Numbers of floats; `lanes` counts vectors per lane group, `outputs` what is written of each image.
struct Sizes {
    int64_t lanes = 0, shared = 0, gradients = 0, memory = 0, partials = 0, scratch = 0, thread_scratch = 0, outputs = 0;
};

struct Program {
    Sizes sizes;
    int64_t batch_size = 0, classes = 0, image_size = 0;
    int64_t spread = 0;     // lane groups for a whole batch in training, if more than hold it
    uint64_t seed = 0;      // of random masks
    bool sum_loss = false;  // a batch's loss is the sum over its images, not their mean
    std::vector<Stage> training, evaluation, probe;
};

// Images as rows of numbers: bytes or floats, the other pointer is null.
struct Pixels {
    Pixels(const uint8_t* bytes) : bytes(bytes) {}
    Pixels(const float* floats) : floats(floats) {}
    const uint8_t* bytes = nullptr;
    const float* floats = nullptr;
};

// As few lane groups as hold `count` images, and those that a whole batch has in training.
inline int64_t groups_of(int64_t count) { return (count + kLanes - 1) / kLanes; }
inline int64_t lane_groups(const Program& program) { return std::max(groups_of(program.batch_size), program.spread); }

// Throws std::invalid_argument unless every operation stays within the program's memory.
void validate(const Program& program);

// What `sizes.thread_scratch` must be, given all other sizes. Throws as validate().
int64_t thread_scratch(const Program& program);

// Columns of zeros beside a convolution's gradient that its input gradient reads.
int64_t gradient_border(int64_t kernel_size, int64_t padding);

// Floats that an executor takes: whatever the batch, and for the batch.
struct Footprint {
    int64_t fixed, batch;
};
Footprint footprint(const Program& program, int threads);

// Zeroed memory on a cache-line boundary; large blocks ask for huge pages.
class Arena {
  public:
    explicit Arena(int64_t floats);
    float* data() { return data_.get(); }
    std::span<float> span() { return {data_.get(), static_cast<size_t>(floats_)}; }

  private:
    struct Free {
        void operator()(float* p) const;
    };
    int64_t floats_;
    std::unique_ptr<float[], Free> data_;
};

// Calls from several threads take turns: all of them need the same memory.
class Executor {
  public:
    // Of `threads` as many work as can be started when there is work; how many leaves no trace in the bits.
    Executor(Program program, const InstructionSet& set, int threads);

    // One step per learning rate; losses and wrong get one entry each. Images and indices have been checked. Random masks
    // depend on the epoch and on `samples`, one number for each entry of `order`, or `order` itself without them.
    void train(Pixels images, const uint8_t* labels, std::span<const int64_t> order, std::span<const double> lrs,
               std::span<double> losses, std::span<int64_t> wrong, std::span<const int64_t> samples = {},
               int64_t epoch = 0);
    // What evaluation writes of each image; `out` has room for that.
    void outputs(Pixels images, int64_t count, float* out);
    // Sends a whole batch forward and back and returns its loss; gradients are left, and `out` holds what is written.
    double probe(Pixels images, const uint8_t* labels, const int64_t* samples, int64_t epoch, float* out);

    std::span<float> shared() { return shared_.span(); }
    std::span<float> memory() { return memory_.span(); }
    std::span<float> gradients() { return gradients_.span(); }
    // Steps taken; those of `train` are counted on from here.
    int64_t steps = 0;
    const Program& program() const { return program_; }
    // Starts a thread, or throws; tests let it fail.
    std::function<std::jthread(std::function<void()>)> start_thread = [](auto work) { return std::jthread(std::move(work)); };

  private:
    Context context(int thread, Pixels images);
    template <class Work>
    void on_threads(Pixels images, Work work);

    std::mutex turn_;
    Program program_;
    const Kernel* table_;
    int threads_;
    Shares shares_;
    int64_t max_groups_, group_stride_;
    Arena lanes_, shared_, gradients_, memory_, partials_, scratch_, thread_scratch_, sample_losses_, sample_wrong_;
};

}  // namespace seedbed
