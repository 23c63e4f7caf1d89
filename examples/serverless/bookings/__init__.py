"""The seat-booking service: an example of a serverless system that is ready for production."""
