"""What the API does, as plain functions below its routes and the console's pages."""
