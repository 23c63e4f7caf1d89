"""The claims portal of an insurer: an example of a three-tier system that is ready for production."""
