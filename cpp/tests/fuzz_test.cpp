// Damaged programs are refused by validate(), or run within their memory; AddressSanitizer proves the latter.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "bench.h"
#include "small_network.h"

namespace seedbed::tests {
namespace {

constexpr int64_t kMostFloats = int64_t{1} << 22;
constexpr int64_t kMostWork = int64_t{1} << 16;

// A number that may do harm: near the one it replaces, near a border, or anything.
int64_t harmful(Random& random, int64_t number) {
    const auto old = static_cast<uint64_t>(number);
    const auto wrapped = [](uint64_t bits) { return static_cast<int64_t>(bits); };
    switch (random.below(6)) {
        case 0: return wrapped(old + static_cast<uint64_t>(random.between(-40, 40)));
        case 1: return random.between(-40, 40);
        case 2: return random.pick<int64_t>({-1, 1}) * (int64_t{1} << random.below(63)) + random.between(-1, 1);
        case 3: return static_cast<int64_t>(random.next());
        case 4: return wrapped(old * static_cast<uint64_t>(random.between(-3, 3)));
        default: return wrapped(0 - old);
    }
}

template <class T>
void damage(Random& random, T& number, const char* name) {
    current_case() += text(" ", name, " ", number);
    number = static_cast<T>(harmful(random, static_cast<int64_t>(number)));
    current_case() += text(" -> ", number, ";");
}

void damage(Random& random, View& view, const char* name) {
    current_case() += text(" ", name, ":");
    switch (random.below(6)) {
        case 0: return damage(random, view.offset, "offset");
        case 1: return damage(random, view.channels, "channels");
        case 2: return damage(random, view.height, "height");
        case 3: return damage(random, view.width, "width");
        case 4: return damage(random, view.channel_stride, "channel_stride");
        default: return damage(random, view.row_stride, "row_stride");
    }
}

void damage(Random& random, Op& op) {
    const bool is_known = op.kernel >= 0 && op.kernel < static_cast<int32_t>(kernels().size());
    current_case() += text(" '", is_known ? kernels()[op.kernel].name : "unknown", "'");
    switch (random.below(23)) {
        case 0:
        case 1:
        case 2: return damage(random, op.in, "in");
        case 3:
        case 4:
        case 5: return damage(random, op.out, "out");
        case 6: return damage(random, op.weight, "weight");
        case 7: return damage(random, op.bias, "bias");
        case 8: return damage(random, op.packed, "packed");
        case 9: return damage(random, op.gradient, "gradient");
        case 10: return damage(random, op.bias_gradient, "bias_gradient");
        case 11: return damage(random, op.partial, "partial");
        case 12: return damage(random, op.scratch, "scratch");
        case 13: return damage(random, op.size, "size");
        case 14: return damage(random, op.kernel_size, "kernel_size");
        case 15: return damage(random, op.stride, "stride");
        case 16: return damage(random, op.padding, "padding");
        case 19: return damage(random, op.place, "place");
        case 20: return damage(random, op.tile, "tile");
        case 21: return damage(random, op.tiles, "tiles");
        case 17:
            op.activation = static_cast<Activation>(random.between(-1, 6));
            op.pooling = static_cast<Pooling>(random.between(-1, 3));
            op.loss = static_cast<LossKind>(random.between(-1, 5));
            current_case() += " other kinds;";
            return;
        case 18:
            for (bool Op::*flag : {&Op::over_channels, &Op::back_over_channels, &Op::is_sum, &Op::centered, &Op::decoupled})
                op.*flag = random.flip();
            op.momentum = random.pick({0.0f, 1.0f, -1.0f});
            op.smoothing = op.weight_decay = random.pick({op.weight_decay, 0.0f, 1.0f});
            op.pool = random.pick<int32_t>({0, 1, 2, 3});
            if (random.flip()) op.winners = harmful(random, op.winners);
            current_case() += text(" flags;");
            return;
        default: {
            const auto count = static_cast<int64_t>(kernels().size());
            op.kernel = static_cast<int32_t>(random.below(8) ? random.below(count) : random.between(-2, count + 2));
            current_case() += text(" becomes kernel ", op.kernel, ";");
        }
    }
}

void damage(Random& random, Program& program) {
    switch (random.below(13)) {
        case 0: return damage(random, program.batch_size, "batch_size");
        case 1: return damage(random, program.classes, "classes");
        case 2: return damage(random, program.image_size, "image_size");
        case 3: return damage(random, program.spread, "spread");
        case 4: {
            int64_t Sizes::*fields[] = {&Sizes::lanes,    &Sizes::shared,  &Sizes::gradients,     &Sizes::memory,
                                        &Sizes::partials, &Sizes::scratch, &Sizes::thread_scratch, &Sizes::outputs};
            const int64_t field = random.below(8);
            return damage(random, program.sizes.*fields[field], text("size ", field).c_str());
        }
        default: {
            std::vector<std::vector<Stage>*> some;
            for (auto* stages : {&program.training, &program.evaluation, &program.probe})
                if (!stages->empty()) some.push_back(stages);
            std::vector<Stage>& stages = *some[static_cast<size_t>(random.below(static_cast<int64_t>(some.size())))];
            Stage& stage = stages[static_cast<size_t>(random.below(static_cast<int64_t>(stages.size())))];
            if (stage.ops.empty()) return;
            if (random.below(12) == 0) {
                stage.chained = !stage.chained;
                current_case() += " other kind of stage;";
                return;
            }
            damage(random, stage.ops[static_cast<size_t>(random.below(static_cast<int64_t>(stage.ops.size())))]);
        }
    }
}

bool is_refused(const Program& program) {
    try {
        validate(program);
        return false;
    } catch (const std::invalid_argument&) {
        return true;
    }
}

// Programs that would be right on a larger machine, or right in the end, are not run here.
bool is_small(const Program& program) {
    const Sizes& s = program.sizes;
    for (const int64_t n : {s.lanes, s.shared, s.gradients, s.memory, s.partials, s.scratch, s.thread_scratch, s.outputs,
                            program.image_size, program.batch_size})
        if (n > kMostFloats) return false;
    const int64_t rows = lane_groups(program) * kLanes;
    if (s.lanes * rows > kMostFloats || s.scratch * rows > kMostFloats || s.outputs * rows > kMostFloats) return false;
    for (const auto* stages : {&program.training, &program.evaluation, &program.probe})
        for (const Stage& stage : *stages)
            for (const Op& op : stage.ops)
                if (std::strcmp(kernels()[op.kernel].name, "peak") == 0 && op.size > kMostWork) return false;
    return true;
}

// Two steps and some outputs on each instruction set, with exactly the images that the program may read.
void run(const Program& program) {
    const Images images(20, program.image_size, program.classes);
    std::vector<int64_t> order(static_cast<size_t>(program.batch_size + 1));
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i % 20);
    const std::vector<double> lrs{0.05, 0.05};
    std::vector<double> losses(2);
    std::vector<int64_t> wrong(2);
    std::vector<float> outputs(static_cast<size_t>(std::max<int64_t>(20, program.batch_size) * program.sizes.outputs));
    for (const InstructionSet& set : instruction_sets()) {
        if (!set.supported) continue;
        // One thread: two operations that a damaged program lets meet in one place may race, which is not the question.
        Executor executor(program, set, 1);
        initialise(executor);
        executor.train(images.pixels.data(), images.labels.data(), order, lrs, losses, wrong);
        executor.outputs(images.pixels.data(), 20, outputs.data());
        // Its images are the first of the batch.
        if (program.batch_size <= 20)
            executor.probe(images.pixels.data(), images.labels.data(), order.data(), 0, outputs.data());
    }
}

// Damages one of the programs, `cases` times.
void fuzz(Random& random, const std::vector<Program>& programs, int64_t cases) {
    int64_t refused = 0, ran = 0;
    for (int64_t i = 0; i < cases; ++i) {
        Program program = programs[static_cast<size_t>(random.below(static_cast<int64_t>(programs.size())))];
        current_case() = text("damage ", i, ":");
        // One damage is seldom harmful; two may hide each other.
        for (int64_t n = random.below(3); n >= 0; --n) damage(random, program);
        if (is_refused(program)) {
            ++refused;
        } else if (is_small(program)) {
            ++ran;
            run(program);
        }
    }
    current_case() = text(cases, " cases");
    CHECK(refused > cases / 4, refused, " refused");
    CHECK(ran > cases / 50, ran, " ran");
}

TEST(fuzzed_programs_are_refused_or_harmless) {
    Random random(71);
    const std::vector<Program> programs{small_network(17), small_network(17, 3), small_probe(17, 3)};
    for (const Program& program : programs) {
        current_case() = "the whole program";
        CHECK(!is_refused(program), "the program is right");
        run(program);
    }
    fuzz(random, programs, share(8'000));
}

// Shapes whose product needs more than 64 bits must not look small.
TEST(products_of_shapes_do_not_overflow) {
    for (const int64_t number : {int64_t{1} << 32, int64_t{1} << 62}) {
        Program program;
        program.sizes = {1 << 10, 1 << 10, 1 << 10, 1 << 10, 1 << 10, 1 << 10, 1 << 10, 1 << 10};
        program.batch_size = program.classes = program.image_size = 1;
        Op op = operation("conv2d_pack");
        op.in.channels = op.out.channels = number;
        op.weight = op.packed = 0;
        program.training = {{false, false, {op}}};
        current_case() = text("conv2d_pack with ", number, " channels on both sides");
        CHECK(is_refused(program), "accepted");
    }
}

// What only one of the two programs can offer: labels while training, room for outputs in evaluation.
TEST(operations_stay_in_their_program) {
    for (const auto& [kernel, is_training] : {std::pair{"write_values", true}, {"loss", false}}) {
        Program program;
        program.sizes.lanes = program.sizes.outputs = 16;
        program.batch_size = program.image_size = 1;
        program.classes = 3;
        Op op = operation(kernel);
        op.in = {0, 3, 1, 1, 1, 1};
        (is_training ? program.training : program.evaluation) = {{false, false, {op}}};
        current_case() = text(kernel, is_training ? " in training" : " in evaluation");
        CHECK(is_refused(program), "accepted, would follow a null pointer");
    }
}

// Programs of one operation, whose memory ends where that operation ends.
LAST_TEST(fuzzed_operations_are_refused_or_harmless) {
    Random random(72);
    fuzz(random, tried_programs(), share(16'000));
}

}  // namespace
}  // namespace seedbed::tests
