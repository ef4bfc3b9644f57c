"""`python -m exam_appliance.cli`, the same as `exam-appliance`."""

from exam_appliance.cli.commands import main

main()
