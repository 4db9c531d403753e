"""``python -m locard``."""

from locard.cli import run

if __name__ == "__main__":
    run()
