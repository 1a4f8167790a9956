"""Pictures of what happens inside networks: a figure with its words for each measure of `seedbed.insight`.

`study` puts them side by side for the variants of a study, `page` on a page of their own for one network.
"""

from seedbed.report.inspection import lacks
from seedbed.report.inspection.long_rows import inside_rows, inspection_rows, wrong_rows
from seedbed.report.inspection.numbers import inside_numbers, inspection_numbers
from seedbed.report.inspection.page import Subject, build_inspection, run_title
from seedbed.report.inspection.study import study_sections

__all__ = [
    "Subject",
    "build_inspection",
    "inside_numbers",
    "inside_rows",
    "inspection_numbers",
    "inspection_rows",
    "lacks",
    "run_title",
    "study_sections",
    "wrong_rows",
]
