"""What people are told, of what kind it is, and how they want to hear of it."""
