"""What a picture shows, as far as detectors tell: lines of text, faces."""
