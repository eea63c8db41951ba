"""Settlement: from what was earned, by what terms, to the lines and totals of statements."""
