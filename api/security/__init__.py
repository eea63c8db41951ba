"""Who is asking: tokens, keys and sessions, what the database lets them do here, and how often they may ask."""
