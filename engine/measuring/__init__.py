"""What is measured of a training: sites, statistics of a step, snapshots of an epoch, the boundary."""
