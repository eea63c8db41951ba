"""How figures are shown: as a chart, in tables that can be sorted, and against the days before."""
