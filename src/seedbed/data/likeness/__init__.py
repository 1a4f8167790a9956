"""Pictures from anywhere, made like the images of a data set: `reading` opens them, `matching` fits them,
`appearance` knows what the training images look like.
"""

from seedbed.data.likeness.appearance import Appearance, look_at
from seedbed.data.likeness.matching import Handling, matched
from seedbed.data.likeness.reading import is_picture, read_picture

__all__ = ["Appearance", "Handling", "is_picture", "look_at", "matched", "read_picture"]
