"""Traces of the camera: colour filter array, noise, photo-response non-uniformity."""
