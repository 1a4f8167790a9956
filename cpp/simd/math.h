// exp, log, tanh, sigmoid and erf on sixteen lanes, the same bits on every instruction set with FMA.
#pragma once
#include "simd.h"

namespace seedbed::SEEDBED_NAMESPACE {

// e**x; at most 2 ulp off between -87 and 88, clamped beyond. Reduction by ln 2 in two parts, polynomial of Cephes
// (Moshier 1989, expf).
SEEDBED_INLINE Vector exp(Vector x) {
    x = min(splat(88.0f), max(splat(-87.0f), x));
    const Vector n = round(x * splat(1.44269504f));
    Vector r = fma(n, splat(-0.693359375f), x);
    r = fma(n, splat(2.12194440e-4f), r);
    Vector p = fma(splat(1.9875691500e-4f), r, splat(1.3981999507e-3f));
    p = fma(p, r, splat(8.3334519073e-3f));
    p = fma(p, r, splat(4.1665795894e-2f));
    p = fma(p, r, splat(1.6666665459e-1f));
    p = fma(p, r, splat(5.0000001201e-1f));
    p = fma(p, r * r, r) + splat(1.0f);
    return p * power_of_two(n);
}

// Natural logarithm of a normal positive x; at most 2 ulp off. Polynomial of Cephes (Moshier 1989, logf).
SEEDBED_INLINE Vector log(Vector x) {
    Vector m, e;
    split(x, m, e);
    const Mask large = greater(m, splat(1.41421356f));
    m = select(large, m * splat(0.5f), m) - splat(1.0f);
    e = select(large, e + splat(1.0f), e);
    Vector p = fma(splat(7.0376836292e-2f), m, splat(-1.1514610310e-1f));
    p = fma(p, m, splat(1.1676998740e-1f));
    p = fma(p, m, splat(-1.2420140846e-1f));
    p = fma(p, m, splat(1.4249322787e-1f));
    p = fma(p, m, splat(-1.6668057665e-1f));
    p = fma(p, m, splat(2.0000714765e-1f));
    p = fma(p, m, splat(-2.4999993993e-1f));
    p = fma(p, m, splat(3.3333331174e-1f));
    const Vector square = m * m;
    p = p * m * square;
    p = fma(e, splat(-2.12194440e-4f), p);
    p = fma(splat(-0.5f), square, p);
    return fma(e, splat(0.693359375f), p + m);
}

// n / d for normal d; at most 1 ulp off while 1/d and the quotient are normal. A vector division occupies the processor as
// long as ten multiply-adds, this takes nine operations: a guess of 1/d from the bits (within 5.1%), a cubic and a quadratic
// step towards it (Householder), and the quotient's remainder added.
SEEDBED_INLINE Vector divide(Vector n, Vector d) {
    Vector r = guess_reciprocal(d);
    const Vector minus = zero() - d;
    Vector e = fma(minus, r, splat(1.0f));
    r = fma(fma(e, e, e), r, r);
    e = fma(minus, r, splat(1.0f));
    r = fma(e, r, r);
    const Vector q = n * r;
    return fma(fma(minus, q, n), r, q);
}

// Hyperbolic tangent as x·P(x²)/Q(x²), both of degree 4, fitted for least relative error on [0, 9.02], where the
// float32 nearest to tanh becomes 1; at most 6 ulp off, 7 where the multiply-add rounds twice.
SEEDBED_INLINE Vector tanh(Vector x) {
    const Vector c = min(splat(9.02f), max(splat(-9.02f), x));
    const Vector t = c * c;
    Vector p = fma(splat(1.3320989e-08f), t, splat(2.0584996e-05f));
    Vector q = fma(splat(7.7628437e-07f), t, splat(3.2832482e-04f));
    p = fma(p, t, splat(3.4941316e-03f));
    q = fma(q, t, splat(2.5871446e-02f));
    p = fma(p, t, splat(1.3379802e-01f));
    q = fma(q, t, splat(4.6713117e-01f));
    p = fma(p, t, splat(1.0f));
    q = fma(q, t, splat(1.0f));
    return min(splat(1.0f), max(splat(-1.0f), divide(c * p, q)));
}

SEEDBED_INLINE Vector sigmoid(Vector x) { return fma(splat(0.5f), tanh(splat(0.5f) * x), splat(0.5f)); }

// Error function; at most 2 ulp off. x + x·P(x²) below 0.9, 1 - exp(t·Q(t)) with t = |x| above, both fitted for least
// relative error; beyond 3.95 the float32 nearest to erf is ±1.
SEEDBED_INLINE Vector erf(Vector x) {
    const Vector t = min(splat(3.95f), max(x, zero() - x)), square = x * x;
    Vector p = fma(splat(-6.09039795e-04f), square, splat(5.01197157e-03f));
    p = fma(p, square, splat(-2.67789159e-02f));
    p = fma(p, square, splat(1.12821408e-01f));
    p = fma(p, square, splat(-3.76125246e-01f));
    p = fma(p, square, splat(1.28379151e-01f));
    Vector q = fma(splat(-1.04329174e-05f), t, splat(3.14856239e-04f));
    q = fma(q, t, splat(-3.61033482e-03f));
    q = fma(q, t, splat(2.36945525e-02f));
    q = fma(q, t, splat(-1.06159031e-01f));
    q = fma(q, t, splat(-6.35198057e-01f));
    q = fma(q, t, splat(-1.12863708e+00f));
    const Vector rest = exp(q * t), far = select(greater(x, zero()), splat(1.0f) - rest, rest - splat(1.0f));
    return select(greater(t, splat(0.9f)), far, fma(p, x, x));
}

}  // namespace seedbed::SEEDBED_NAMESPACE
