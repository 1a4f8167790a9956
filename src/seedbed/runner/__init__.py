"""The runner: conducts runs, one here or many in worker processes.

`driver` takes one run from where it stands to its end: it is the only place that resumes, checkpoints and records.
`local` conducts a run in this process and keeps it in a workspace; `runner` takes many jobs to their end in a `pool` of
workers, which are told tasks and answer in `messages`. `shared_data` is the workers' one copy of the data.
"""
