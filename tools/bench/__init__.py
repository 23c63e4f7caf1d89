"""What `make bench` runs: apps of a stated size, this tool and its peers on them, one table."""
