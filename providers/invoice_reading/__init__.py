"""Reading PDFs that strangers made, in a process of its own: the text of an invoice and the e-invoice within it."""
