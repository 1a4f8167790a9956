"""How much of a difference is luck: one recipe, ten seeds, in a few lines.

.venv/bin/python examples/many_seeds.py
"""

import numpy as np

import seedbed as sb

errors = [
    sb.train("flatten linear(32) relu linear(10)", data="digits", optimizer="sgd(lr=0.05)", epochs=10, seed=seed,
             progress=False).test_error
    for seed in range(10)
]  # fmt: skip
print(f"test error {np.mean(errors):.2f}% on average, from {min(errors):.2f}% to {max(errors):.2f}% by luck alone")
