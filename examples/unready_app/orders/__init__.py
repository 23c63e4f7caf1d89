"""The stacks of the order system: network, data, app."""
