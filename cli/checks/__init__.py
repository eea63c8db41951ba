"""What the doctor looks at, and how what it finds is put right."""
