"""What is kept: recordings in zarr, and the tables written from them."""
