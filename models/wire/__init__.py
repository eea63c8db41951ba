"""What travels between processes and through Temporal, and how it is read: tolerantly from ours, strictly from others."""
