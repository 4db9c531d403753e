"""Traces of editing in the pixels: copies, resampling, splicing residuals."""
