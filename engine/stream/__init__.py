"""What a training says, as events and as their history; free of who listens."""
