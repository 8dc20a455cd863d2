"""The training loop: compiled blocks of steps, and what happens at the ends of epochs."""
