"""Texts for people, as far as what things are must know of them: sentences, and complaints about values."""
