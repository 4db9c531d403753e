"""The bench: datasets, metrics, predictions and leaderboards."""
