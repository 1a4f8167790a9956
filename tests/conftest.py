"""Settings of all tests: no time limit per example, the same examples every time, one thread for PyTorch."""

import torch
from hypothesis import settings

settings.register_profile("seedbed", deadline=None, derandomize=True, database=None)
settings.load_profile("seedbed")
torch.set_num_threads(1)
