"""Who may come in, who may do what, and what strangers' texts and files cannot do."""
