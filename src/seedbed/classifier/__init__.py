"""``sb.Classifier``: networks as an estimator of scikit-learn."""

from seedbed.classifier.estimator import Classifier
from seedbed.classifier.member import Member

__all__ = ["Classifier", "Member"]
