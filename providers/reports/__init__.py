"""Reports of earnings in files: CSV and Parquet."""
