"""From stored images to what enters the network.

`input_steps` are the same in training and in evaluation; `fitted` holds them with what they took from the training
images. `augmentation` changes training images at random. `preparation` puts both together. All steps are carried out
by the module `_prepare` (C++, in ``cpp/prepare``), so all engines get the same bits.
"""

from seedbed.data.preparation.augmentation import (
    AUGMENTATIONS,
    Affine,
    Augmentation,
    Brightness,
    Contrast,
    Elastic,
    Flip,
    Noise,
    RandomCrop,
    Shift,
    load_augment,
)
from seedbed.data.preparation.fitted import FittedInput, fit_input, fixed_input
from seedbed.data.preparation.input_steps import (
    INPUTS,
    PCA,
    Crop,
    InputStep,
    PadInput,
    Scale,
    Standardize,
    StandardizeImage,
    load_input,
)
from seedbed.data.preparation.preparation import Preparation, prepared_shape

__all__ = [
    "AUGMENTATIONS",
    "INPUTS",
    "PCA",
    "Affine",
    "Augmentation",
    "Brightness",
    "Contrast",
    "Crop",
    "Elastic",
    "FittedInput",
    "Flip",
    "InputStep",
    "Noise",
    "PadInput",
    "Preparation",
    "RandomCrop",
    "Scale",
    "Shift",
    "Standardize",
    "StandardizeImage",
    "fit_input",
    "fixed_input",
    "load_augment",
    "load_input",
    "prepared_shape",
]
