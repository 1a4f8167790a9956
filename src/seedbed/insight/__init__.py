"""The inside of networks, in numbers: what is seen of a state, over the epochs of a run, and of its answers.

``inspect`` gives one object with everything. ``probe`` sends a fixed batch of images through a state, on the native
engine whatever engine made the state; ``gradients``, ``activations`` and ``weights`` measure what it finds there;
``maps``, ``attribution`` and ``surface`` look at a trained model, ``answers`` at its outputs.
"""

from seedbed.insight.activations import QUANTILES, ActivationInputs, Units, activation_inputs, units
from seedbed.insight.answers import (
    Agreement,
    Calibration,
    Mistake,
    agreement,
    calibration_curve,
    confident_mistakes,
    confusion,
    report_classes,
)
from seedbed.insight.attribution import Occlusion, occlusion, saliency
from seedbed.insight.gradients import GradientShare, OutputGradient, gradient_share, mse_sigmoid_gradient
from seedbed.insight.inspection import Inspection, inspect, inspect_model
from seedbed.insight.maps import FeatureMap, feature_maps, filters
from seedbed.insight.probe import BatchSession, ProbeBatch, StateProbe, probe_batch, probe_state
from seedbed.insight.range_test import RangeTest, range_test
from seedbed.insight.surface import LossSurface, loss_surface
from seedbed.insight.weights import Weights, weights
from seedbed.training.probabilities import probabilities

__all__ = [
    "QUANTILES",
    "ActivationInputs",
    "Agreement",
    "BatchSession",
    "Calibration",
    "FeatureMap",
    "GradientShare",
    "Inspection",
    "LossSurface",
    "Mistake",
    "Occlusion",
    "OutputGradient",
    "ProbeBatch",
    "RangeTest",
    "StateProbe",
    "Units",
    "Weights",
    "activation_inputs",
    "agreement",
    "calibration_curve",
    "confident_mistakes",
    "confusion",
    "feature_maps",
    "filters",
    "gradient_share",
    "inspect",
    "inspect_model",
    "loss_surface",
    "mse_sigmoid_gradient",
    "occlusion",
    "probabilities",
    "probe_batch",
    "probe_state",
    "range_test",
    "report_classes",
    "saliency",
    "units",
    "weights",
]
