"""What people will see: payloads drawn as the products draw them, and made of nothing else."""
