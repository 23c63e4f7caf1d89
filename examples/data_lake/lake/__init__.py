"""The data lake of a freight company: an example of an analytics system that is ready for production."""
