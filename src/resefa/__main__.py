"""``python -m resefa``: the command line."""

from resefa.cli.main import run

if __name__ == "__main__":
    run()
