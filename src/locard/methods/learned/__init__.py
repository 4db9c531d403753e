"""Methods that run a trained network; each owns what comes before and after it."""
