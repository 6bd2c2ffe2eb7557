"""Where samples come from: live streams, archives and the virtual patient."""
