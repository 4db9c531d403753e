"""Records and marks that say where a picture comes from."""
