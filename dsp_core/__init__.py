"""What the samples mean: filters, potentials, trains, kinds and alerts."""
