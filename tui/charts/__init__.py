"""What a picture shows: from a run's numbers to chart specifications."""
