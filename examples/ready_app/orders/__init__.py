"""The stacks of the order system, and the building blocks that make every resource in them ready for production."""
