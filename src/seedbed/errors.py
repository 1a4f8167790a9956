"""Every exception that Seedbed raises on purpose.

    SeedbedError                a message for a person: which object, what was expected, what came, what to do next
    ├── NotationError           a text such as ``conv2d(6, 5)`` or ``sgd(lr=0.1)`` cannot be read
    ├── NetworkError            layers do not fit together or to the data
    ├── RecipeError             a setting of a recipe is out of its range
    ├── DataError               a data set is unknown, missing, damaged or cannot be fetched
    ├── EngineError             an engine lacks a layer, an instruction set or a device
    ├── StoreError              a workspace, ledger or run file cannot be read or written
    ├── StudyError              a study file is wrong or a study is unknown
    ├── LanguageError           a language is unknown or lacks a text
    └── StatisticsError         numbers that a method of statistics does not take; also a ValueError

The command line prints the message of a SeedbedError without a traceback and exits with status 2.
"""


class SeedbedError(Exception):
    """Base of all deliberate errors; catch it to catch them all."""


class NotationError(SeedbedError):
    """A text such as ``conv2d(6, 5)`` or ``sgd(lr=0.1)`` cannot be read."""


class NetworkError(SeedbedError):
    """Layers do not fit together or to the data."""


class RecipeError(SeedbedError):
    """A setting of a recipe is out of its range."""


class DataError(SeedbedError):
    """A data set is unknown, missing, damaged or cannot be fetched."""


class EngineError(SeedbedError):
    """An engine lacks a layer, an instruction set or a device."""


class StoreError(SeedbedError):
    """A workspace, ledger or run file cannot be read or written."""


class StudyError(SeedbedError):
    """A study file is wrong or a study is unknown."""


class LanguageError(SeedbedError):
    """A language is unknown or lacks a text."""


class StatisticsError(SeedbedError, ValueError):
    """Numbers that a method of statistics does not take."""
