#include "executor.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <numeric>
#include <thread>

#ifdef __linux__
#include <sys/mman.h>
#endif
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

namespace seedbed {
namespace {

constexpr int64_t kEvaluationGroups = 4;
// Multiply-adds of one thread, some fifty microseconds, that are too few to help each other with.
constexpr double kLittleWork = 4e6;

// Numbers below 1.2e-38 count as 0 as long as this lives: processors take a hundred cycles for each of them, and networks whose
// units saturate are full of them.
class FlushTinyNumbers {
#ifdef __SSE2__
  public:
    FlushTinyNumbers() { _mm_setcsr(before_ | 0x8040); }
    ~FlushTinyNumbers() { _mm_setcsr(before_); }
    FlushTinyNumbers(const FlushTinyNumbers&) = delete;

  private:
    const unsigned before_ = _mm_getcsr();
#endif
};

// Meets all threads. Spins briefly, because stages are short, then yields, because there may be more threads than cores.
class Barrier {
  public:
    explicit Barrier(int threads) : threads_(threads) {}
    // Before any thread waits.
    void expect(int threads) { threads_ = threads; }
    void wait() {
        if (threads_ == 1) return;
        const int phase = phase_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
            arrived_.store(0, std::memory_order_relaxed);
            phase_.store(phase + 1, std::memory_order_release);
            return;
        }
        for (int spins = 0; phase_.load(std::memory_order_acquire) == phase; ++spins)
            if (spins > 2000) std::this_thread::yield();
    }

  private:
    int threads_;
    std::atomic<int> arrived_{0}, phase_{0};
};

// How many units an operation has, and about how many multiply-adds one of them costs; sixteen numbers of an update cost
// as much as some hundreds, because they come from far away. The estimate is no whole number: shapes that a kernel does not
// read may be anything.
struct Extent {
    int64_t units;
    double work;
};

Extent extent_of(Unit unit, const Op& op, const Context& ctx) {
    const double ins = static_cast<double>(op.in.channels), outs = static_cast<double>(op.out.channels);
    const double pixels = static_cast<double>(op.in.height) * static_cast<double>(op.in.width);
    const double images = static_cast<double>(ctx.count), side = op.kernel_size;
    switch (unit) {
        case Unit::lane_group: return {ctx.groups, ins * pixels * kLanes};
        case Unit::slot: return {ctx.slots, ins * pixels * kLanes};
        case Unit::channel: return {op.in.channels, pixels * images};
        case Unit::input_feature: return {op.in.channels, outs * images};
        case Unit::output_channel: return {op.out.channels, ins * side * side};
        case Unit::output_feature: return {op.out.channels, ins * images};
        case Unit::sixteen_numbers: return {op.size / kLanes, 256};
        case Unit::part: return {kParts, static_cast<double>(op.size) / kParts};
    }
    return {0, 0};
}

int64_t max_groups(const Program& program) { return std::max(lane_groups(program), kEvaluationGroups); }

size_t tasks_of(const Program& program) {
    size_t most = 1;
    for (const auto* stages : {&program.training, &program.evaluation, &program.probe})
        for (const Stage& stage : *stages)
            if (!stage.chained) most = std::max(most, stage.ops.size());
    return most;
}

// One thread at work; it takes no memory, because what a thread throws would end the process.
class alignas(64) Worker {
  public:
    Worker(Context context, const Kernel* table, Shares& shares, Barrier& barrier, int thread, size_t tasks)
        : ctx(context), table_(table), shares_(shares), barrier_(barrier), thread_(thread), rounds_(tasks) {}

    Context ctx;
    bool is_first() const { return thread_ == 0; }
    void meet() { barrier_.wait(); }

    void run(const std::vector<Stage>& stages) {
        for (const Stage& stage : stages) {
            if (stage.chained)
                run_chained(stage);
            else
                for (size_t i = 0; i < stage.ops.size(); ++i) run_spread(i, stage.ops[i]);
            barrier_.wait();
        }
    }

  private:
    void run_chained(const Stage& stage) {
        const auto run = [&](Units slot) {
            ctx.slot = slot.begin;
            const int64_t begin = ctx.slot * ctx.groups / ctx.slots, end = (ctx.slot + 1) * ctx.groups / ctx.slots;
            for (const Op& op : stage.ops) {
                if (kernels()[op.kernel].unit == Unit::slot)
                    table_[op.kernel](op, ctx, ctx.slot, ctx.slot + 1);
                else
                    table_[op.kernel](op, ctx, begin, end);
            }
        };
        const auto piece = stage.descending ? Shares::Piece::one_from_the_end : Shares::Piece::one;
        each_taken(0, ctx.slots, ctx.slots <= shares_.threads(), piece, run);
    }

    void run_spread(size_t task, const Op& op) {
        const auto [units, work] = extent_of(kernels()[op.kernel].unit, op, ctx);
        const auto run = [&](Units taken) { table_[op.kernel](op, ctx, taken.begin, taken.end); };
        const bool is_little = static_cast<double>(units) * work <= shares_.threads() * kLittleWork;
        each_taken(task, units, is_little, Shares::Piece::many, run);
    }

    // Calls work(units) until none are left, or once with this thread's own share if that is all.
    template <class Work>
    void each_taken(size_t task, int64_t units, bool own_alone, Shares::Piece piece, Work work) {
        if (own_alone) {
            if (const Units own = shares_.share_of(thread_, units); !own.none()) work(own);
            return;
        }
        const uint64_t round = ++rounds_[task];
        for (;;) {
            const Units taken = shares_.take(task, round, units, thread_, piece);
            if (taken.none()) return;
            work(taken);
        }
    }

    const Kernel* table_;
    Shares& shares_;
    Barrier& barrier_;
    int thread_;
    std::vector<uint64_t> rounds_;
};

// Loss of the batch that has just been computed.
double batch_loss(const Program& program, const Context& ctx) {
    const double sum = std::accumulate(ctx.sample_losses, ctx.sample_losses + ctx.count, 0.0);
    return sum / (program.sum_loss ? 1.0 : static_cast<double>(ctx.count));
}

void set_batch(Context& ctx, const int64_t* order, const int64_t* samples, int64_t count, int64_t groups) {
    ctx.order = order;
    ctx.samples = samples;
    ctx.count = count;
    ctx.groups = groups;
    ctx.slots = std::min<int64_t>(ctx.groups, kMaxSlots);
}

}  // namespace

Arena::Arena(int64_t floats) : floats_(floats) {
    constexpr size_t huge = size_t{2} << 20;
    const size_t bytes = static_cast<size_t>(floats) * sizeof(float);
    const size_t alignment = bytes >= huge ? huge : 64;
    const size_t padded = std::max(alignment, (bytes + alignment - 1) / alignment * alignment);
    void* p = std::aligned_alloc(alignment, padded);
    if (p == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    if (bytes >= huge) madvise(p, padded, MADV_HUGEPAGE);
#endif
    std::memset(p, 0, padded);
    data_.reset(static_cast<float*>(p));
}

void Arena::Free::operator()(float* p) const { std::free(p); }

Footprint footprint(const Program& program, int threads) {
    const Sizes& s = program.sizes;
    const int64_t lanes = max_groups(program) * kLanes;
    return {s.shared + s.gradients + s.memory + s.partials * kMaxSlots,
            lanes * (s.lanes + s.scratch) + s.thread_scratch * threads};
}

Executor::Executor(Program program, const InstructionSet& set, int threads)
    : program_((validate(program), std::move(program))),
      table_(set.table),
      threads_(std::max(1, threads)),
      shares_(tasks_of(program_), threads_),
      max_groups_(max_groups(program_)),
      // An odd number of cache lines between lane groups spreads them over the sets of the cache.
      group_stride_((program_.sizes.lanes | 1) * kLanes),
      lanes_(group_stride_ * max_groups_),
      shared_(program_.sizes.shared),
      gradients_(program_.sizes.gradients),
      memory_(program_.sizes.memory),
      partials_(program_.sizes.partials * kMaxSlots),
      scratch_(program_.sizes.scratch * max_groups_ * kLanes),
      thread_scratch_(program_.sizes.thread_scratch * threads_),
      sample_losses_(max_groups_ * kLanes),
      sample_wrong_(max_groups_ * kLanes) {}

Context Executor::context(int thread, Pixels images) {
    Context ctx{};
    ctx.images = images.bytes;
    ctx.float_images = images.floats;
    ctx.lanes = lanes_.data();
    ctx.group_stride = group_stride_;
    ctx.shared = shared_.data();
    ctx.gradients = gradients_.data();
    ctx.memory = memory_.data();
    ctx.partials = partials_.data();
    ctx.scratch = scratch_.data();
    ctx.thread_scratch = thread_scratch_.data() + thread * program_.sizes.thread_scratch;
    ctx.image_size = program_.image_size;
    ctx.seed = program_.seed;
    ctx.sample_losses = sample_losses_.data();
    ctx.sample_wrong = sample_wrong_.data();
    return ctx;
}

// Calls work(worker) on all threads at once.
template <class Work>
void Executor::on_threads(Pixels images, Work work) {
    Barrier barrier(threads_);
    std::vector<Worker> workers;
    workers.reserve(static_cast<size_t>(threads_));
    for (int thread = 0; thread < threads_; ++thread)
        workers.emplace_back(context(thread, images), table_, shares_, barrier, thread, tasks_of(program_));
    const auto run = [&](int thread) {
        const FlushTinyNumbers flush;
        work(workers[static_cast<size_t>(thread)]);
    };
    // Nobody begins before it is settled how many there are.
    std::atomic<bool> settled = false;
    const auto begin = [&](int thread) {
        settled.wait(false);
        run(thread);
    };
    int threads = 1;
    std::vector<std::jthread> others;
    others.reserve(static_cast<size_t>(threads_));
    try {
        for (; threads < threads_; ++threads) others.push_back(start_thread([&begin, threads] { begin(threads); }));
    } catch (const std::exception&) {
        // A limit of processes or memory: those that there are do the work.
    }
    shares_.reset(threads);
    barrier.expect(threads);
    settled = true;
    settled.notify_all();
    run(0);
}

void Executor::train(Pixels images, const uint8_t* labels, std::span<const int64_t> order,
                     std::span<const double> lrs, std::span<double> losses, std::span<int64_t> wrong,
                     std::span<const int64_t> samples, int64_t epoch) {
    const std::lock_guard turn(turn_);
    if (samples.empty()) samples = order;
    on_threads(images, [&](Worker& worker) {
        Context& ctx = worker.ctx;
        ctx.labels = labels;
        ctx.epoch = epoch;
        for (size_t step = 0; step < lrs.size(); ++step) {
            const int64_t begin = static_cast<int64_t>(step) * program_.batch_size;
            const int64_t count = std::min(program_.batch_size, static_cast<int64_t>(order.size()) - begin);
            const int64_t groups = count == program_.batch_size ? lane_groups(program_) : groups_of(count);
            set_batch(ctx, order.data() + begin, samples.data() + begin, count, groups);
            ctx.lr = lrs[step];
            ctx.step = steps + static_cast<int64_t>(step) + 1;
            worker.run(program_.training);
            if (worker.is_first()) {
                losses[step] = batch_loss(program_, ctx);
                wrong[step] =
                    static_cast<int64_t>(std::accumulate(ctx.sample_wrong, ctx.sample_wrong + ctx.count, 0.0));
            }
            worker.meet();
        }
    });
    steps += static_cast<int64_t>(lrs.size());
}

void Executor::outputs(Pixels images, int64_t count, float* out) {
    std::vector<int64_t> order(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), int64_t{0});
    const std::lock_guard turn(turn_);
    const int64_t chunk = max_groups_ * kLanes;
    on_threads(images, [&](Worker& worker) {
        Context& ctx = worker.ctx;
        for (int64_t begin = 0; begin < count; begin += chunk) {
            const int64_t part = std::min(chunk, count - begin);
            set_batch(ctx, order.data() + begin, order.data() + begin, part, groups_of(part));
            ctx.outputs = out + begin * program_.sizes.outputs;
            worker.run(program_.evaluation);
        }
    });
}

double Executor::probe(Pixels images, const uint8_t* labels, const int64_t* samples, int64_t epoch, float* out) {
    std::vector<int64_t> order(static_cast<size_t>(program_.batch_size));
    std::iota(order.begin(), order.end(), int64_t{0});
    const std::lock_guard turn(turn_);
    double loss = 0;
    on_threads(images, [&](Worker& worker) {
        Context& ctx = worker.ctx;
        ctx.labels = labels;
        ctx.epoch = epoch;
        set_batch(ctx, order.data(), samples, program_.batch_size, lane_groups(program_));
        ctx.outputs = out;
        worker.run(program_.probe);
        if (worker.is_first()) loss = batch_loss(program_, ctx);
    });
    return loss;
}

}  // namespace seedbed
