"""What drives a client."""
