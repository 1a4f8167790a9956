"""Reports: what a study found, as one HTML file that can be handed in, printed, or read on a phone.

`study_report` writes it, `sweep_report` that of a sweep: `summaries` takes the numbers out of a result, `words` and
`sentences` turn them into text, `tables` and `figures` into what the reader sees, `page` collects all for the template,
and `html` fills that in.
"""

from seedbed.report.study_report import write_study_report
from seedbed.report.sweep_report import write_sweep_report

__all__ = ["write_study_report", "write_sweep_report"]
