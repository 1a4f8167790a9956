#include "run.h"

#include <algorithm>
#include <thread>

namespace seedbed::prepare {
namespace {

// Memory of one thread: two images to go from one to the other, and what the steps need for themselves.
struct Memory {
    explicit Memory(const std::vector<Step>& steps) {
        int64_t image = steps.front().in.size();
        Room room;
        for (const Step& step : steps) {
            image = std::max(image, step.out.size());
            const Room own = step.kind->room(step);
            room = {std::max(room.floats, own.floats), std::max(room.words, own.words)};
        }
        for (auto& buffer : images) buffer.resize(image);
        floats.resize(room.floats);
        words.resize(room.words);
    }

    std::vector<float> images[2], floats;
    std::vector<uint32_t> words;
};

template <class T>
void prepare(const std::vector<Step>& steps, const T* image, int64_t number, double progress, const Draw& draw,
             Memory& memory, float* out) {
    float *from = memory.images[0].data(), *to = memory.images[1].data();
    std::copy_n(image, steps.front().in.size(), from);
    for (const Step& step : steps) {
        const Random random(draw.seed, draw.stream, draw.epoch, static_cast<uint32_t>(number), step.number);
        step.kind->apply(step, {random, progress}, from, &step == &steps.back() ? out : to,
                         {memory.floats.data(), memory.words.data()});
        std::swap(from, to);
    }
}

}  // namespace

template <class T>
void run(const std::vector<Step>& steps, const T* images, std::span<const int64_t> order, const double* progress,
         const Draw& draw, int threads, float* out) {
    const int64_t in_size = steps.front().in.size(), out_size = steps.back().out.size();
    const auto total = static_cast<int64_t>(order.size());
    const int64_t workers = std::clamp<int64_t>(threads, 1, std::max<int64_t>(total, 1));
    std::vector<Memory> memories(workers, Memory(steps));
    const auto work = [&](int64_t worker) {
        for (int64_t i = worker * total / workers; i < (worker + 1) * total / workers; ++i)
            prepare(steps, images + order[i] * in_size, order[i], progress[i], draw, memories[worker], out + i * out_size);
    };
    std::vector<std::thread> others;
    for (int64_t worker = 1; worker < workers; ++worker) others.emplace_back(work, worker);
    work(0);
    for (std::thread& other : others) other.join();
}

template void run(const std::vector<Step>&, const uint8_t*, std::span<const int64_t>, const double*, const Draw&, int,
                  float*);
template void run(const std::vector<Step>&, const float*, std::span<const int64_t>, const double*, const Draw&, int,
                  float*);

}  // namespace seedbed::prepare
