// Minimal filtering of a correlation (Winograd 1980; Lavin and Gray 2016): `Tile` × `Tile` results of a window from
// (Tile + Window − 1)² products for each pair of channels, in place of Tile² · Window².
//
// A product is made for each pair of kPoints and infinity. Values V, weights U and gradients of results M are transformed to
// what they are there: V = Bᵀ·x·B, U = G·w·Gᵀ, M = A·g·Aᵀ. Results are Aᵀ·ΣUV·A, input gradients B·ΣUM·Bᵀ (those of
// neighbouring tiles overlap and are added), weight gradients Gᵀ·ΣMV·G.
#pragma once
#include "common.h"

namespace seedbed::SEEDBED_NAMESPACE {

// The first Tile + Window − 2 of these. Other points come with larger numbers in the transforms, and larger errors:
// 1/2 and −2, not 2 and −2 or 1/2 and −1/2, halve them (Barabasz et al. 2020).
constexpr double kPoints[] = {0, 1, -1, 0.5, -2};

constexpr double power(double x, int n) { return n == 0 ? 1 : x * power(x, n - 1); }

// Matrices of which there is a form with fewer operations.
enum class Kind { values, input_gradients, other };

template <int Tile, int Window>
struct Filter {
    static constexpr int kTile = Tile, kWindow = Window, kSide = Tile + Window - 1, kProducts = kSide * kSide;

    // Row i, column j of A, G and Bᵀ; the last row is that of infinity.
    static constexpr double a(int i, int j) { return i < kSide - 1 ? power(kPoints[i], j) : j == Tile - 1; }
    static constexpr double g(int i, int j) {
        if (i == kSide - 1) return j == Window - 1;
        double product = 1;
        for (int k = 0; k < kSide - 1; ++k)
            if (k != i) product *= kPoints[i] - kPoints[k];
        return power(kPoints[i], j) / product;
    }
    // Coefficient j of the product of all (x − point) but that of point i.
    static constexpr double b(int i, int j) {
        double coefficients[kSide + 1] = {1};
        for (int k = 0, degree = 0; k < kSide - 1; ++k)
            if (k != i) {
                ++degree;
                for (int n = degree; n >= 0; --n)
                    coefficients[n] = (n > 0 ? coefficients[n - 1] : 0) - kPoints[k] * coefficients[n];
            }
        return coefficients[j];
    }

    // The matrices that are applied, each with its shape.
    struct OfValues {
        static constexpr Kind kKind = Kind::values;
        static constexpr int kRows = kSide, kColumns = kSide;
        static constexpr double at(int i, int j) { return b(i, j); }
    };
    struct ToResults {
        static constexpr Kind kKind = Kind::other;
        static constexpr int kRows = Tile, kColumns = kSide;
        static constexpr double at(int i, int j) { return a(j, i); }
    };
    struct OfGradients {
        static constexpr Kind kKind = Kind::other;
        static constexpr int kRows = kSide, kColumns = Tile;
        static constexpr double at(int i, int j) { return a(i, j); }
    };
    struct ToInputGradients {
        static constexpr Kind kKind = Kind::input_gradients;
        static constexpr int kRows = kSide, kColumns = kSide;
        static constexpr double at(int i, int j) { return b(j, i); }
    };
    struct OfWeights {
        static constexpr Kind kKind = Kind::other;
        static constexpr int kRows = kSide, kColumns = Window;
        static constexpr double at(int i, int j) { return g(i, j); }
    };
    struct ToWeightGradients {
        static constexpr Kind kKind = Kind::other;
        static constexpr int kRows = Window, kColumns = kSide;
        static constexpr double at(int i, int j) { return g(j, i); }
    };
};

// Calls f with the filter of an operation.
template <class F>
SEEDBED_INLINE void with_filter(const Op& op, F f) {
    if (op.kernel_size == 5) return f(Filter<2, 5>{});
    switch (op.tile) {
        case 2: return f(Filter<2, 3>{});
        case 3: return f(Filter<3, 3>{});
        default: return f(Filter<4, 3>{});
    }
}

// Adds the terms of a row from column `Column` on; is_first until there is one.
template <class M, int Row, int Column, bool IsFirst>
SEEDBED_INLINE void add_terms(const Vector (&x)[M::kColumns], Vector& sum) {
    if constexpr (Column < M::kColumns) {
        constexpr double factor = M::at(Row, Column);
        if constexpr (factor == 0)
            return add_terms<M, Row, Column + 1, IsFirst>(x, sum);
        else if constexpr (IsFirst)
            sum = factor == 1 ? x[Column] : splat(static_cast<float>(factor)) * x[Column];
        else if constexpr (factor == 1)
            sum = sum + x[Column];
        else if constexpr (factor == -1)
            sum = sum - x[Column];
        else
            sum = fma(splat(static_cast<float>(factor)), x[Column], sum);
        add_terms<M, Row, Column + 1, false>(x, sum);
    }
}

template <class M, int Row = 0>
SEEDBED_INLINE void apply_rows(const Vector (&x)[M::kColumns], Vector (&y)[M::kRows]) {
    if constexpr (Row < M::kRows) {
        add_terms<M, Row, 0, true>(x, y[Row]);
        apply_rows<M, Row + 1>(x, y);
    }
}

// Bᵀ·x and B·y of six numbers, with the sums that rows have in common made once: 14 and 16 operations in place of 27.
SEEDBED_INLINE void values_of_six(const Vector (&x)[6], Vector (&y)[6]) {
    const Vector half = splat(0.5f), two = splat(2), more = splat(1.5f);
    // a: x² − 1, a factor of the rows of 0, 1/2, −2 and infinity; b: x·(x − 1/2)·(x + 2), one of those of 1 and −1.
    const Vector a0 = x[2] - x[0], a1 = x[3] - x[1], a2 = x[4] - x[2], a3 = x[5] - x[3];
    const Vector b1 = fma(more, x[2], a1), b2 = fma(more, x[3], a2);
    y[0] = fma(more, a1, a2) - a0;
    y[1] = b2 + b1;
    y[2] = b2 - b1;
    y[3] = fma(two, a1, a2);
    y[4] = a2 - half * a1;
    y[5] = fma(more, a2, a3) - a1;
}
SEEDBED_INLINE void input_gradients_of_six(const Vector (&y)[6], Vector (&x)[6]) {
    const Vector half = splat(-0.5f), two = splat(2), more = splat(1.5f);
    const Vector b1 = y[1] - y[2], b2 = y[1] + y[2];
    const Vector a1 = fma(two, y[3], fma(half, y[4], fma(more, y[0], b1 - y[5])));
    const Vector a2 = fma(more, y[5], (y[0] + y[3]) + (y[4] + b2));
    x[0] = y[0];
    x[1] = zero() - a1;
    x[2] = fma(more, b1, zero() - (a2 + y[0]));
    x[3] = fma(more, b2, a1 - y[5]);
    x[4] = a2;
    x[5] = y[5];
}

template <class M>
SEEDBED_INLINE void apply(const Vector (&x)[M::kColumns], Vector (&y)[M::kRows]) {
    if constexpr (M::kKind == Kind::values && M::kRows == 6)
        values_of_six(x, y);
    else if constexpr (M::kKind == Kind::input_gradients && M::kRows == 6)
        input_gradients_of_six(x, y);
    else
        apply_rows<M>(x, y);
}

// M·x for numbers given by get(j); put(i, number) takes the result.
template <class M, class Get, class Put>
SEEDBED_INLINE void apply_along(Get get, Put put) {
    Vector x[M::kColumns], y[M::kRows];
    SEEDBED_UNROLL
    for (int j = 0; j < M::kColumns; ++j) x[j] = get(j);
    apply<M>(x, y);
    SEEDBED_UNROLL
    for (int i = 0; i < M::kRows; ++i) put(i, y[i]);
}

// M·x·Mᵀ for a square x, of which get(i, j) is a number; put(i, j, number) takes the result.
template <class M, class Get, class Put>
SEEDBED_INLINE void apply_both_ways(Get get, Put put) {
    Vector half[M::kRows][M::kColumns];
    SEEDBED_UNROLL
    for (int j = 0; j < M::kColumns; ++j) {
        Vector x[M::kColumns], y[M::kRows];
        SEEDBED_UNROLL
        for (int i = 0; i < M::kColumns; ++i) x[i] = get(i, j);
        apply<M>(x, y);
        SEEDBED_UNROLL
        for (int i = 0; i < M::kRows; ++i) half[i][j] = y[i];
    }
    SEEDBED_UNROLL
    for (int i = 0; i < M::kRows; ++i) {
        Vector y[M::kRows];
        apply<M>(half[i], y);
        SEEDBED_UNROLL
        for (int j = 0; j < M::kRows; ++j) put(i, j, y[j]);
    }
}

}  // namespace seedbed::SEEDBED_NAMESPACE
