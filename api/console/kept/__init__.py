"""What stands in a form before it is submitted: typed before, handed back, or submitted the last time."""
