"""Operations of the forging engine: one file each, found by themselves."""
