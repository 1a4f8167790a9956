"""Trained networks as files of other programs: ONNX, Keras, PyTorch, and one file of Python and NumPy.

Each form takes images as they are stored and answers with probabilities: the input steps are inside.
"""

from seedbed.export.exported import Exported
from seedbed.export.forms import FORMS, SUFFIXES, export, form_of
from seedbed.export.needing import require

__all__ = ["FORMS", "SUFFIXES", "Exported", "export", "form_of", "require"]
