// The executor: same bits on any number of threads, several executors side by side, outputs, refusals.
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "bench.h"
#include "small_network.h"

namespace seedbed::tests {
namespace {

// Parameters and running statistics: what lies before the packed weights, which are each set's own matter.
struct Trained {
    std::vector<float> kept, outputs;
    std::vector<double> losses;
    std::vector<int64_t> wrong;

    bool operator==(const Trained& other) const {
        return kept.size() == other.kept.size() && outputs.size() == other.outputs.size() &&
               std::memcmp(kept.data(), other.kept.data(), kept.size() * sizeof(float)) == 0 &&
               std::memcmp(outputs.data(), other.outputs.data(), outputs.size() * sizeof(float)) == 0 &&
               losses == other.losses && wrong == other.wrong;
    }
};

// Some steps in two calls, then the outputs of all images; the same way whoever runs it.
Trained train(const Program& program, const InstructionSet& set, int threads, const Images& images, int64_t steps,
              int can_start = 1000) {
    Executor executor(program, set, threads);
    initialise(executor);
    int started = 0;
    executor.start_thread = [&started, can_start](auto work) {
        // Each call of the executor begins with none.
        if (++started > can_start) {
            started = 0;
            throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
        }
        return std::jthread(std::move(work));
    };
    const auto count = static_cast<int64_t>(images.labels.size());
    const std::vector<int64_t> order = some_order(steps, program.batch_size, count);
    const std::vector<double> lrs(static_cast<size_t>(steps), 0.05);
    Trained result;
    result.losses.resize(lrs.size());
    result.wrong.resize(lrs.size());
    const auto half = static_cast<size_t>(steps / 2), cut = half * static_cast<size_t>(program.batch_size);
    const std::span all_order(order), first = all_order.first(cut), second = all_order.subspan(cut);
    const std::span all_lrs(lrs);
    const std::span losses(result.losses);
    const std::span wrong(result.wrong);
    executor.train(images.pixels.data(), images.labels.data(), first, all_lrs.first(half), losses.first(half),
                   wrong.first(half));
    executor.train(images.pixels.data(), images.labels.data(), second, all_lrs.subspan(half), losses.subspan(half),
                   wrong.subspan(half));
    const auto packed = static_cast<size_t>(program.training.front().ops.front().packed);
    result.kept.assign(executor.shared().begin(), executor.shared().begin() + static_cast<int64_t>(packed));
    result.outputs.resize(static_cast<size_t>(count * program.classes));
    executor.outputs(images.pixels.data(), count, result.outputs.data());
    return result;
}

TEST(executor_same_bits_on_any_thread_count) {
    for (const auto& [batch, spread] : {std::pair<int64_t, int64_t>{1, 0}, {15, 0}, {33, 0}, {33, 4}, {100, 8}, {150, 0}}) {
        const Program program = small_network(batch, spread);
        const Images images(3 * batch + 70, kPixels, kClasses);
        Trained fused;
        for (const InstructionSet& set : instruction_sets()) {
            if (!set.supported) continue;
            const Trained one = train(program, set, 1, images, 4);
            for (const float x : one.kept) CHECK(std::isfinite(x), set.name, " with batch ", batch);
            for (const int threads : {2, 3, 4, 8})
                CHECK(train(program, set, threads, images, 4) == one, set.name, " on ", threads, " threads, batch ",
                      batch);
            if (std::string(set.name) == "portable") continue;
            if (fused.kept.empty()) fused = one;
            CHECK(one == fused, set.name, " differs from the other sets with FMA, batch ", batch);
        }
    }
}

// Values, their gradients and those of parameters are the same on any number of threads, and no parameter moves.
TEST(executor_probe) {
    for (const auto& [batch, spread] : {std::pair<int64_t, int64_t>{1, 0}, {33, 4}, {100, 8}}) {
        const Program program = small_probe(batch, spread);
        const Images images(batch, kPixels, kClasses);
        const std::vector<int64_t> numbers(static_cast<size_t>(batch));
        for (const InstructionSet& set : instruction_sets()) {
            if (!set.supported) continue;
            std::vector<float> one;
            for (const int threads : {1, 2, 3, 8}) {
                Executor executor(program, set, threads);
                initialise(executor);
                const auto trainable = static_cast<int64_t>(executor.gradients().size());
                const std::vector<float> before(executor.shared().begin(), executor.shared().begin() + trainable);
                std::vector<float> seen(static_cast<size_t>(batch * program.sizes.outputs));
                const double loss =
                    executor.probe(images.pixels.data(), images.labels.data(), numbers.data(), 0, seen.data());
                CHECK(std::isfinite(loss) && loss > 0, set.name, ": loss ", loss);
                CHECK(std::memcmp(before.data(), executor.shared().data(), before.size() * sizeof(float)) == 0, set.name);
                seen.insert(seen.end(), executor.gradients().begin(), executor.gradients().end());
                seen.push_back(static_cast<float>(loss));
                if (one.empty()) one = seen;
                CHECK(std::memcmp(seen.data(), one.data(), one.size() * sizeof(float)) == 0, set.name, " on ", threads,
                      " threads, batch ", batch);
            }
        }
    }
}

TEST(executor_learns) {
    const Program program = small_network(32);
    const Images images(200, kPixels, kClasses);
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.supported) continue;
        const Trained result = train(program, set, 2, images, 40);
        CHECK(std::fabs(result.losses[0] - std::log(10.0)) < 1, set.name, ": first loss ", result.losses[0]);
        CHECK(result.losses.back() < 0.5 * result.losses[0], set.name, ": last loss ", result.losses.back());
        CHECK(result.wrong.back() < 16, set.name, ": wrong ", result.wrong.back());
    }
}

// Executors share nothing: those that run at the same time give what each gives alone.
TEST(executors_side_by_side) {
    const Images images(150, kPixels, kClasses);
    const Program programs[] = {small_network(17), small_network(33), small_network(64)};
    const InstructionSet& set = choose("");
    std::vector<Trained> alone, together(3);
    for (const Program& program : programs) alone.push_back(train(program, set, 2, images, 6));
    {
        std::vector<std::jthread> threads;
        for (size_t i = 0; i < 3; ++i)
            threads.emplace_back([&, i] { together[i] = train(programs[i], set, 2, images, 6); });
    }
    for (size_t i = 0; i < 3; ++i) CHECK(together[i] == alone[i], "executor ", i, " was disturbed");
}

// Calls of one executor take turns: each gives what it gives alone, and no step of training is lost.
TEST(executor_called_from_several_threads) {
    constexpr int64_t kCount = 70;
    constexpr int kCallers = 3, kCalls = 6;
    const Program program = small_network(33);
    const Images images(kCount, kPixels, kClasses);
    const std::vector<int64_t> order = some_order(2, 33, kCount);
    // With a rate of 0 parameters stay, and so do losses; what evaluation takes of running statistics does not.
    const std::vector<double> rates(2, 0.0);
    const auto at_once = [](auto call) {
        std::vector<std::jthread> callers;
        for (int caller = 0; caller < kCallers; ++caller)
            callers.emplace_back([=] {
                for (int i = 0; i < kCalls; ++i) call(caller * kCalls + i);
            });
    };
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.supported) continue;
        Executor executor(program, set, 2);
        initialise(executor);
        std::vector<std::vector<float>> answers(kCallers * kCalls + 1, std::vector<float>(kCount * kClasses));
        std::vector<std::vector<double>> losses(kCallers * kCalls + 1, std::vector<double>(2));
        const auto answer = [&](int call) { executor.outputs(images.pixels.data(), kCount, answers[call].data()); };
        const auto train = [&](int call) {
            std::vector<int64_t> wrong(2);
            executor.train(images.pixels.data(), images.labels.data(), order, rates, losses[call], wrong);
        };
        answer(kCallers * kCalls);
        at_once(answer);
        for (const auto& own : answers)
            CHECK(std::memcmp(own.data(), answers.back().data(), own.size() * sizeof(float)) == 0, set.name);
        train(kCallers * kCalls);
        at_once([&](int call) {
            train(call);
            answer(call);
        });
        for (const auto& own : losses) CHECK(own == losses.back(), set.name, ": losses ", own[0], " ", own[1]);
        CHECK(executor.steps == 2 * (kCallers * kCalls + 1), set.name, ": ", executor.steps, " steps");
    }
}

// Where no thread can be started, or not all of them, those that there are do the work.
TEST(executor_with_threads_that_cannot_start) {
    const Program program = small_network(100, 8);
    const Images images(370, kPixels, kClasses);
    const InstructionSet& set = choose("");
    const Trained whole = train(program, set, 4, images, 4);
    for (const int can_start : {0, 1, 2})
        CHECK(train(program, set, 4, images, 4, can_start) == whole, can_start, " threads beside the first");
}

// An image's outputs do not depend on how many are asked for, nor is anything written behind them.
TEST(executor_outputs) {
    const Images images(150, kPixels, kClasses);
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.supported) continue;
        Executor executor(small_network(33), set, 2);
        initialise(executor);
        std::vector<float> all(150 * kClasses);
        executor.outputs(images.pixels.data(), 150, all.data());
        for (const int64_t count : {0, 1, 15, 16, 17, 63, 64, 65, 129}) {
            // Exactly the images and exactly the room that they need.
            const std::vector<uint8_t> pixels(images.pixels.begin(), images.pixels.begin() + count * kPixels);
            const auto floats = static_cast<size_t>(count * kClasses);
            std::vector<float> some(floats + 16, -1.0f);
            executor.outputs(pixels.data(), count, some.data());
            CHECK(std::memcmp(some.data(), all.data(), floats * sizeof(float)) == 0, set.name, ": first ", count);
            for (size_t i = floats; i < some.size(); ++i) CHECK(some[i] == -1.0f, set.name, ": wrote behind ", count);
        }
    }
}

TEST(choice_of_instruction_set) {
    const InstructionSet& fastest = choose("");
    CHECK(fastest.supported, fastest.name);
    for (const InstructionSet& set : instruction_sets()) {
        if (set.supported) {
            CHECK(std::string(choose(set.name).name) == set.name, set.name);
            continue;
        }
        bool is_refused = false;
        try {
            choose(set.name);
        } catch (const std::invalid_argument&) {
            is_refused = true;
        }
        CHECK(is_refused, set.name, " is not supported here, but was chosen");
    }
}

}  // namespace
}  // namespace seedbed::tests
