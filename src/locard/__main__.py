"""``python -m locard``."""

from locard.cli import app

if __name__ == "__main__":
    app()
