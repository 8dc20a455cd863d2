"""What a finding is, and which problem comes before which; free of how it is found."""
