"""The engine where the speed comes from: a network lowered to a flat program that C++ executes."""

from seedbed.engine.native.session import NativeEngine

__all__ = ["NativeEngine"]
