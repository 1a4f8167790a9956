"""``seedbed version``: versions, and the machine as reports name it."""

import typer

from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.console import say
from seedbed.machine import available_bytes, describe_machine, describe_versions, usable_cores

app = typer.Typer(add_completion=False)


@app.command()
def version(as_json: AsJson = False) -> None:
    """Show the versions of Seedbed and what it computes with, and the machine."""
    versions, machine, free = describe_versions(), describe_machine(), available_bytes()
    from seedbed.engine.native.session import NativeEngine

    engine = NativeEngine().description
    if as_json:
        more = {"usable_cores": usable_cores(), "available_bytes": free, "native_engine": engine}
        print_json("version/1", {"versions": versions, "machine": machine, **more})
        return
    for name, value in (versions | machine | {"engine": engine}).items():
        say(f"{name:<16}  {value}")
