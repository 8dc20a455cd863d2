"""What the terminal is sent, and what native code prints behind its back."""
