"""Sources that hold columns: frames, Parquet and Arrow files."""
