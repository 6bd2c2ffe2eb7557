"""What the person sees and types: the commands, the console and the window."""
