"""What people download: data in, bytes out; the same data always gives the same bytes."""
