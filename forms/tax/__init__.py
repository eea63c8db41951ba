"""Tax forms and the numbers that tax authorities know businesses by."""
