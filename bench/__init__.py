"""What is measured: how well the detector finds and names, and how fast everything is."""
