"""Mails: what people are told, as text and HTML. Data in, words out."""
