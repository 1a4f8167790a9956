// Linear layers. All lane groups of the batch go through a block of features together, so each weight is read once for
// many images; threads share a layer by features.
//
// Forward and input gradient read: in, out (flat values), weight ([out][in]), bias, activation (forward: of `out`;
// input gradient: of the value in `in` that the gradient overwrites). Input gradient uses the thread scratch.
// The weight gradient works on inputs transposed to rows of images ([image][in], `scratch`, rows of `size` floats), so
// that its vectors run over input features and no sum over lanes is needed.
//
// Long sums are cut into lengths: the panel of values that one length needs stays in the first-level cache while all
// blocks of results pass over it. Sums wait in memory between two lengths, unrounded, so the cut does not change a bit.
#include "blocks.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Weights of a layer that no longer fit the caches near a core: 2 MB.
SEEDBED_INLINE bool is_far(const Op& op) { return op.in.channels * op.out.channels >= 1 << 19; }

// Adds `count` terms to a block of results × vectors: weights at w[r·result_step + i·term_step], values at
// value[i·value_step + v·vector_step]. `ask(i)` asks memory for something that is needed later: once a term, because a
// processor waits when it is asked for more than some ten things at once.
template <int Results, int Vectors, class Ask>
SEEDBED_INLINE void multiply_add(Vector (&sum)[Results][Vectors], const float* w, int64_t result_step,
                                 int64_t term_step, int64_t count, const float* value, int64_t value_step,
                                 int64_t vector_step, Ask ask) {
    for (int64_t i = 0; i < count; ++i) {
        ask(i);
        Vector x[Vectors];
        SEEDBED_UNROLL
        for (int v = 0; v < Vectors; ++v) x[v] = load(value + v * vector_step);
        SEEDBED_UNROLL
        for (int r = 0; r < Results; ++r) {
            const Vector factor = splat(w[r * result_step]);
            SEEDBED_UNROLL
            for (int v = 0; v < Vectors; ++v) sum[r][v] = fma(factor, x[v], sum[r][v]);
        }
        w += term_step;
        value += value_step;
    }
}

// Terms [first, last) of the outputs from `row` on; before the last term, sums wait in the place of the output. Far weights: asks
// for those of the next rows, of which the processor guesses nothing because they lie a whole row apart.
template <bool Far, int Rows, int Groups>
void forward_block(const Op& op, const Context& ctx, int64_t row, int64_t group, int64_t first, int64_t last) {
    const int64_t inputs = op.in.channels;
    float* out = at(ctx, op.out, group, row);
    Vector sum[Rows][Groups];
    SEEDBED_UNROLL
    for (int r = 0; r < Rows; ++r) {
        const Vector bias = op.bias < 0 ? zero() : splat(ctx.shared[op.bias + row + r]);
        SEEDBED_UNROLL
        for (int g = 0; g < Groups; ++g) sum[r][g] = first == 0 ? bias : load(out + g * ctx.group_stride + r * kLanes);
    }
    const float* weights = ctx.shared + op.weight + row * inputs + first;
    const float* next = weights + Rows * inputs;
    multiply_add(sum, weights, inputs, 1, last - first, at(ctx, op.in, group, first), kLanes, ctx.group_stride,
                 [&](int64_t i) SEEDBED_INLINED {
                     const int64_t r = i % kLanes;
                     if (Far && r < Rows) __builtin_prefetch(next + r * inputs + i - r);
                 });
    with_activation(last == inputs ? op.activation : Activation::none, [&](auto act) {
        SEEDBED_UNROLL
        for (int r = 0; r < Rows; ++r)
            SEEDBED_UNROLL
            for (int g = 0; g < Groups; ++g)
                store(out + g * ctx.group_stride + r * kLanes, act.activate(sum[r][g]));
    });
}

// Terms [first, last) of the gradient of the inputs from `column` on, with their weights copied to `w` in rows of
// kLinearColumns; before the last term, sums wait at `waiting`. `next` is null or a column of weights to ask for.
template <int Columns, int Groups>
void input_block(const Op& op, const Context& ctx, int64_t column, int64_t group, int64_t first, int64_t last,
                 const float* w, float* waiting, const float* next) {
    Vector sum[Columns][Groups];
    SEEDBED_UNROLL
    for (int c = 0; c < Columns; ++c)
        SEEDBED_UNROLL
        for (int g = 0; g < Groups; ++g) sum[c][g] = first == 0 ? zero() : load(waiting + (c * Groups + g) * kLanes);
    multiply_add(sum, w, 1, kLinearColumns, last - first, at(ctx, op.out, group, first), kLanes, ctx.group_stride,
                 [&](int64_t i) SEEDBED_INLINED {
                     if (next) __builtin_prefetch(next + i * op.in.channels, 0, 2);
                 });
    if (last < op.out.channels) {
        SEEDBED_UNROLL
        for (int c = 0; c < Columns; ++c)
            SEEDBED_UNROLL
            for (int g = 0; g < Groups; ++g) store(waiting + (c * Groups + g) * kLanes, sum[c][g]);
        return;
    }
    float* in = at(ctx, op.in, group, column);
    with_activation(op.activation, [&](auto act) {
        SEEDBED_UNROLL
        for (int c = 0; c < Columns; ++c)
            SEEDBED_UNROLL
            for (int g = 0; g < Groups; ++g) {
                float* place = in + g * ctx.group_stride + c * kLanes;
                store(place, act.derive(sum[c][g], load(place)));
            }
    });
}

// Copies weights [first, last) × [column, end) to rows of kLinearColumns.
void copy_weights(const Op& op, const Context& ctx, int64_t first, int64_t last, int64_t column, int64_t end, float* to) {
    for (; first < last; ++first, to += kLinearColumns) {
        const float* row = ctx.shared + op.weight + first * op.in.channels;
        for (int64_t c = column; c < end; c += kLanes) store(to + c - column, load_up_to(row + c, end - c));
    }
}

// Weight gradient of a block of rows × vectors of input features: adds the images of lane groups [first, last). Sums wait
// in the gradient itself. A far gradient: asks for the place of the next rows.
template <bool Far, int Rows, int Vectors>
void weight_block(const Op& op, const Context& ctx, int64_t row, int64_t column, int64_t first, int64_t last) {
    const int64_t inputs = op.in.channels;
    float* gradient = ctx.gradients + op.gradient + row * inputs + column;
    const int64_t left = inputs - column;
    Vector sum[Rows][Vectors];
    SEEDBED_UNROLL
    for (int r = 0; r < Rows; ++r)
        SEEDBED_UNROLL
        for (int v = 0; v < Vectors; ++v)
            sum[r][v] = first == 0 ? zero() : load_up_to(gradient + r * inputs + v * kLanes, left - v * kLanes);
    const float* next = gradient + Rows * inputs;
    int64_t place = 0;
    const auto ask = [&](int64_t) SEEDBED_INLINED {
        if (!Far || place == Rows * Vectors) return;
        __builtin_prefetch(next + place / Vectors * inputs + place % Vectors * kLanes, 1);
        ++place;
    };
    for (int64_t group = first; group < last; ++group)
        multiply_add(sum, at(ctx, op.out, group, row), kLanes, 1, images_in(ctx, group),
                     ctx.scratch + op.scratch + group * kLanes * op.size + column, op.size, kLanes, ask);
    SEEDBED_UNROLL
    for (int r = 0; r < Rows; ++r)
        SEEDBED_UNROLL
        for (int v = 0; v < Vectors; ++v)
            store_up_to(gradient + r * inputs + v * kLanes, sum[r][v], left - v * kLanes);
}

}  // namespace

void linear_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const bool far = is_far(op);
    in_lengths(op.in.channels, kPanel / kWidest, [&](int64_t first, int64_t last) {
        in_widths(ctx.groups, [&](auto groups, int64_t group) {
            constexpr int Groups = decltype(groups)::value;
            in_heights<kAccumulators / Groups>(begin, end, [&](auto rows, int64_t row) {
                constexpr int Rows = decltype(rows)::value;
                if (far)
                    forward_block<true, Rows, Groups>(op, ctx, row, group, first, last);
                else
                    forward_block<false, Rows, Groups>(op, ctx, row, group, first, last);
            });
        });
    });
}

void linear_input_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    float* weights = ctx.thread_scratch;
    float* waiting = weights + kLinearTerms * kLinearColumns;
    for (int64_t from = begin; from < end; from += kLinearColumns) {
        const int64_t to = smaller(from + kLinearColumns, end);
        in_lengths(op.out.channels, kLinearTerms, [&](int64_t first, int64_t last) {
            copy_weights(op, ctx, first, last, from, to, weights);
            const float* next = ctx.shared + op.weight + (first + kLinearTerms) * op.in.channels + from;
            int64_t asked = is_far(op) ? 0 : to - from;
            in_widths(ctx.groups, [&](auto groups, int64_t group) {
                constexpr int Groups = decltype(groups)::value;
                in_heights<kAccumulators / Groups>(from, to, [&](auto columns, int64_t column) {
                    float* sums = waiting + (group * kLinearColumns + (column - from) * Groups) * kLanes;
                    input_block<decltype(columns)::value, Groups>(op, ctx, column, group, first, last, weights + column - from,
                                                                  sums, asked < to - from ? next + asked : nullptr);
                    asked += kLanes;
                });
            });
        });
    }
}

void linear_weight_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    const bool far = is_far(op);
    in_widths((op.in.channels + kLanes - 1) / kLanes, [&](auto vectors, int64_t vector) {
        constexpr int Vectors = decltype(vectors)::value;
        in_lengths(ctx.groups, kPanel / kLanes / Vectors, [&](int64_t first, int64_t last) {
            in_heights<kAccumulators / Vectors>(begin, end, [&](auto rows, int64_t row) {
                constexpr int Rows = decltype(rows)::value;
                if (far)
                    weight_block<true, Rows, Vectors>(op, ctx, row, vector * kLanes, first, last);
                else
                    weight_block<false, Rows, Vectors>(op, ctx, row, vector * kLanes, first, last);
            });
        });
    });
    if (op.bias_gradient < 0) return;
    for (int64_t row = begin; row < end; ++row) {
        Vector total = zero();
        for (int64_t group = 0; group < ctx.groups; ++group) total = total + load(at(ctx, op.out, group, row));
        ctx.gradients[op.bias_gradient + row] = sum(total);
    }
}

// scratch[image][in] = in, for the images of each lane group; rows are filled up to whole vectors.
void linear_transpose(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
        const float* in = at(ctx, op.in, group);
        float* rows = ctx.scratch + op.scratch + group * kLanes * op.size;
        for (int64_t i = 0; i < op.in.channels; i += kLanes) {
            Vector block[kLanes];
            const int64_t features = smaller(kLanes, op.in.channels - i);
            for (int64_t j = 0; j < kLanes; ++j) block[j] = j < features ? load(in + (i + j) * kLanes) : zero();
            transpose(block);
            for (int64_t lane = 0; lane < kLanes; ++lane) store(rows + lane * op.size + i, block[lane]);
        }
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
