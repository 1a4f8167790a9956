"""NumPy in float64: what each layer means, in a few lines."""

from seedbed.engine.reference.engine import ReferenceEngine

__all__ = ["ReferenceEngine"]
