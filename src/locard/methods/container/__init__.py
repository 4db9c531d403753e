"""Traces of the file around the pixels: tables, markers, metadata, compression history."""
