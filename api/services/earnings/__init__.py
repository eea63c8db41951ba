"""What the games earn: metrics, statements, and the comparison with own records."""
