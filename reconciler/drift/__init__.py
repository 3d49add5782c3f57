"""What of ours is not as the last apply left it: a plan that repairs everything, read as findings. Pure."""
