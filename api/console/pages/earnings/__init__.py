"""What the games earn: revenue, statements, comparisons."""
