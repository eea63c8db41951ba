"""Organizations: decisions as they are recorded, what people sent in, and the queries by which it is read."""
