"""The lab: a page in the browser on which real networks learn, live.

`experiment` is the state machine of one experiment, without web or threads; `snapshot` makes what is shown of it, as
numbers; `pump` advances its loops and sends the latest of each thing shown, in a worker process (`worker`); `wire` has
all messages; `app` serves the page and joins pages with workers, `guard` says who may talk to it; `page` is the page.
"""
