// Running error analysis (Higham 2002, section 3.3): a number in float64 with a bound on how far the same computation
// in float32 may be off. Every operation adds its own rounding, 2⁻²⁴ of the result, to what its operands bring along;
// where a set fuses a product and a sum there is one rounding less.
#pragma once
#include <algorithm>
#include <cmath>

namespace seedbed::tests {

struct Number {
    static constexpr double u = 0x1p-24;
    double value = 0, error = 0;

    Number(double exact) : value(exact) {}
    Number(double value, double error) : value(value), error(error) {}
    // Of a constant that float32 does not hold.
    static Number rounded(double x) { return with_rounding(x, 0); }
    static Number with_rounding(double value, double error) {
        return {value, error + 1.0001 * u * (std::fabs(value) + error) + 0x1p-149};
    }
    // The result of a function with this slope at most, off by `own` of itself.
    Number through(double result, double slope, double own) const {
        return {result, slope * error + own * (std::fabs(result) + slope * error)};
    }
};

inline Number operator+(Number a, Number b) { return Number::with_rounding(a.value + b.value, a.error + b.error); }
inline Number operator-(Number a, Number b) { return Number::with_rounding(a.value - b.value, a.error + b.error); }
inline Number operator*(Number a, Number b) {
    return Number::with_rounding(a.value * b.value, std::fabs(a.value) * b.error + std::fabs(b.value) * a.error +
                                                        a.error * b.error);
}
inline Number operator/(Number a, Number b) {
    const double quotient = a.value / b.value, least = std::fabs(b.value) - b.error;
    return least > 0 ? Number::with_rounding(quotient, (a.error + std::fabs(quotient) * b.error) / least)
                     : Number(quotient, INFINITY);
}
inline Number sqrt(Number a) {
    const double root = std::sqrt(a.value);
    return Number::with_rounding(root, root > 0 ? std::min(std::sqrt(a.error), a.error / root) : std::sqrt(a.error));
}
inline Number at_least_0(Number a) { return {std::max(0.0, a.value), a.error}; }
// exp is off by 2 ulp, each at most 2u of the result; what its argument is off by, it multiplies with.
inline Number exp(Number a) {
    const double result = std::exp(a.value);
    return {result, result * (std::expm1(a.error) + 4 * Number::u * std::exp(a.error)) + 0x1p-125};
}
inline Number log(Number a) { return a.through(std::log(a.value), 1 / (a.value - a.error), 4 * Number::u); }
inline Number erf(Number a) { return a.through(std::erf(a.value), 1.1284, 4 * Number::u); }
// Half of tanh's 7 ulp below 1, and the rounding of a number below 1.
inline Number sigmoid(Number a) { return {1 / (1 + std::exp(-a.value)), a.error / 4 + 4 * Number::u}; }

}  // namespace seedbed::tests
