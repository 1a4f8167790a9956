"""Reports: what a study found, as pages that can be handed in, printed, or read on a phone.

`study_report` writes that of a study, `sweep_report` that of a sweep, `inspection_report` that of one network:
`sentences` and `tables` say what `study.summaries` and `study.rows` have counted, `figures` draw it, `inspection` shows
the inside of networks. `page`, `sweep_page` and `inspection.page` collect all in a `document`, to which `html`,
`markdown` and `pdf` give a form; `writing` puts it on the disk, with `numbers` beside it, or `compact` ones.
"""

from seedbed.report.inspection_report import InspectionReport
from seedbed.report.study_report import write_study_report
from seedbed.report.sweep_report import write_sweep_report

__all__ = ["InspectionReport", "write_study_report", "write_sweep_report"]
