"""People: who may act and as what, their sessions and keys, and the staff's desk."""
