// Linear layers. All lane groups of the batch go through a block of features together, so each weight is read once for
// many images; threads share a layer by features.
//
// Forward and input gradient read: in, out (flat values), weight ([out][in]), bias, activation (forward: of `out`;
// input gradient: of the value in `in` that the gradient overwrites).
// The weight gradient works on inputs transposed to rows of images ([image][in], `scratch`, rows of `size` floats), so
// that its vectors run over input features and no sum over lanes is needed.
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {
namespace {

// Sums over `count` terms for a block of results × lane groups: weights at w[r·result_step + i·term_step], values at
// consecutive vectors.
template <int Results, int Groups, class Finish>
SEEDBED_INLINE void block(const float* w, int64_t result_step, int64_t term_step, int64_t count, const float* value,
                          int64_t group_stride, const float* bias, Finish finish) {
    Vector sum[Results][Groups];
    SEEDBED_UNROLL
    for (int r = 0; r < Results; ++r)
        SEEDBED_UNROLL
        for (int g = 0; g < Groups; ++g) sum[r][g] = bias ? splat(bias[r]) : zero();
    for (int64_t i = 0; i < count; ++i) {
        Vector v[Groups];
        SEEDBED_UNROLL
        for (int g = 0; g < Groups; ++g) v[g] = load(value + g * group_stride);
        SEEDBED_UNROLL
        for (int r = 0; r < Results; ++r) {
            const Vector factor = splat(w[r * result_step]);
            SEEDBED_UNROLL
            for (int g = 0; g < Groups; ++g) sum[r][g] = fma(factor, v[g], sum[r][g]);
        }
        w += term_step;
        value += kLanes;
    }
    SEEDBED_UNROLL
    for (int r = 0; r < Results; ++r)
        SEEDBED_UNROLL
        for (int g = 0; g < Groups; ++g) finish(r, g, sum[r][g]);
}

template <Activation A, int Rows, int Groups>
void forward_rows(const Op& op, const Context& ctx, int64_t& row, int64_t end, int64_t group) {
    const int64_t inputs = op.in.channels;
    for (; row + Rows <= end; row += Rows) {
        float* out = at(ctx, op.out, group, row);
        block<Rows, Groups>(ctx.shared + op.weight + row * inputs, inputs, 1, inputs, at(ctx, op.in, group),
                            ctx.group_stride, op.bias < 0 ? nullptr : ctx.shared + op.bias + row,
                            [&](int r, int g, Vector sum) {
                                store(out + g * ctx.group_stride + r * kLanes, activate<A>(sum));
                            });
    }
}

template <Activation A, int Rows, int Groups>
void forward_groups(const Op& op, const Context& ctx, int64_t begin, int64_t end, int64_t& group) {
    for (; group + Groups <= ctx.groups; group += Groups) {
        int64_t row = begin;
        forward_rows<A, Rows, Groups>(op, ctx, row, end, group);
        if constexpr (Rows > 6) forward_rows<A, 6, Groups>(op, ctx, row, end, group);
        if constexpr (Rows > 2) forward_rows<A, 2, Groups>(op, ctx, row, end, group);
        forward_rows<A, 1, Groups>(op, ctx, row, end, group);
    }
}

template <Activation A, int Columns, int Groups>
void input_columns(const Op& op, const Context& ctx, int64_t& column, int64_t end, int64_t group) {
    for (; column + Columns <= end; column += Columns) {
        float* in = at(ctx, op.in, group, column);
        block<Columns, Groups>(ctx.shared + op.weight + column, 1, op.in.channels, op.out.channels,
                               at(ctx, op.out, group), ctx.group_stride, nullptr, [&](int c, int g, Vector sum) {
                                   float* place = in + g * ctx.group_stride + c * kLanes;
                                   store(place, derive<A>(sum, load(place)));
                               });
    }
}

template <Activation A, int Columns, int Groups>
void input_groups(const Op& op, const Context& ctx, int64_t begin, int64_t end, int64_t& group) {
    for (; group + Groups <= ctx.groups; group += Groups) {
        int64_t column = begin;
        input_columns<A, Columns, Groups>(op, ctx, column, end, group);
        if constexpr (Columns > 2) input_columns<A, 2, Groups>(op, ctx, column, end, group);
        input_columns<A, 1, Groups>(op, ctx, column, end, group);
    }
}

// Weight gradient of a block of rows × vectors of input features: the sum over the images of the batch, in order.
template <int Rows, int Vectors>
SEEDBED_INLINE void weight_block(const Op& op, const Context& ctx, int64_t row, int64_t column) {
    const int64_t inputs = op.in.channels;
    Vector sum[Rows][Vectors];
    SEEDBED_UNROLL
    for (int r = 0; r < Rows; ++r)
        SEEDBED_UNROLL
        for (int v = 0; v < Vectors; ++v) sum[r][v] = zero();
    const float* value = ctx.scratch + op.scratch + column;
    for (int64_t group = 0; group < ctx.groups; ++group) {
        const float* gradient = at(ctx, op.out, group, row);
        const int64_t lanes = smaller(kLanes, ctx.count - group * kLanes);
        for (int64_t lane = 0; lane < lanes; ++lane) {
            Vector in[Vectors];
            SEEDBED_UNROLL
            for (int v = 0; v < Vectors; ++v) in[v] = load(value + v * kLanes);
            SEEDBED_UNROLL
            for (int r = 0; r < Rows; ++r) {
                const Vector g = splat(gradient[r * kLanes + lane]);
                SEEDBED_UNROLL
                for (int v = 0; v < Vectors; ++v) sum[r][v] = fma(g, in[v], sum[r][v]);
            }
            value += op.size;
        }
    }
    SEEDBED_UNROLL
    for (int r = 0; r < Rows; ++r)
        SEEDBED_UNROLL
        for (int v = 0; v < Vectors; ++v) {
            float* place = ctx.gradients + op.gradient + (row + r) * inputs + column + v * kLanes;
            const int64_t left = inputs - column - v * kLanes;
            if (left >= kLanes)
                store_unaligned(place, sum[r][v]);
            else if (left > 0)
                store_first(place, sum[r][v], static_cast<int>(left));
        }
}

template <int Rows, int Vectors>
void weight_rows(const Op& op, const Context& ctx, int64_t& row, int64_t end) {
    for (; row + Rows <= end; row += Rows) {
        int64_t column = 0;
        for (; column + Vectors * kLanes <= op.size; column += Vectors * kLanes)
            weight_block<Rows, Vectors>(op, ctx, row, column);
        for (; column < op.size; column += kLanes) weight_block<Rows, 1>(op, ctx, row, column);
    }
}

}  // namespace

void linear_forward(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto a) {
        constexpr Activation A = decltype(a)::value;
        int64_t group = 0;
        if constexpr (kAccumulators >= 24) {
            forward_groups<A, 6, 4>(op, ctx, begin, end, group);
            forward_groups<A, 8, 3>(op, ctx, begin, end, group);
            forward_groups<A, 12, 2>(op, ctx, begin, end, group);
            forward_groups<A, 24, 1>(op, ctx, begin, end, group);
        } else {
            forward_groups<A, 3, 2>(op, ctx, begin, end, group);
            forward_groups<A, 6, 1>(op, ctx, begin, end, group);
        }
    });
}

void linear_input_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    with_activation(op.activation, [&](auto a) {
        constexpr Activation A = decltype(a)::value;
        int64_t group = 0;
        if constexpr (kAccumulators >= 24) {
            input_groups<A, 6, 4>(op, ctx, begin, end, group);
            input_groups<A, 8, 3>(op, ctx, begin, end, group);
            input_groups<A, 12, 2>(op, ctx, begin, end, group);
            input_groups<A, 16, 1>(op, ctx, begin, end, group);
        } else {
            input_groups<A, 3, 2>(op, ctx, begin, end, group);
            input_groups<A, 6, 1>(op, ctx, begin, end, group);
        }
    });
}

void linear_weight_gradient(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    int64_t row = begin;
    if constexpr (kAccumulators >= 24) weight_rows<6, 4>(op, ctx, row, end);
    weight_rows<2, 3>(op, ctx, row, end);
    weight_rows<1, 4>(op, ctx, row, end);
    if (op.bias_gradient < 0) return;
    for (row = begin; row < end; ++row) {
        Vector total = zero();
        for (int64_t group = 0; group < ctx.groups; ++group) total = total + load(at(ctx, op.out, group, row));
        ctx.gradients[op.bias_gradient + row] = sum(total);
    }
}

// scratch[image][in] = in, for the images of each lane group; rows are filled up with zeros to whole vectors.
void linear_transpose(const Op& op, const Context& ctx, int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
        const float* in = at(ctx, op.in, group);
        float* rows = ctx.scratch + op.scratch + group * kLanes * op.size;
        for (int64_t i = 0; i < op.size; i += kLanes) {
            const int64_t features = smaller(kLanes, op.in.channels - i);
            for (int64_t lane = 0; lane < kLanes; ++lane) {
                float* row = rows + lane * op.size + i;
                for (int64_t j = 0; j < features; ++j) row[j] = in[(i + j) * kLanes + lane];
            }
        }
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
