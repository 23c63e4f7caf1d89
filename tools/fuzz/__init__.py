"""Fuzzing: damaged input for every reader, made from good input and guided by coverage. ``make fuzz MINUTES=60``."""
