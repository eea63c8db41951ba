"""What the platform's staff see and decide."""
