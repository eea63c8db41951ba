"""Members of an organization, what they are told, and the staff's desk."""
