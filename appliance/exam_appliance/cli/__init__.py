"""The command line of the site server: `exam-appliance`."""

from exam_appliance.cli.commands import main

__all__ = ["main"]
