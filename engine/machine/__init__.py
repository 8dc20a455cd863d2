"""What the machine has: free memory, and file systems that are local or not."""
