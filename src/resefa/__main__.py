"""``python -m resefa``: the command line.

Python itself looks into the working folder before this line runs; ``python -P -m resefa`` does not.
"""

from resefa.cli.main import run

if __name__ == "__main__":
    run()
