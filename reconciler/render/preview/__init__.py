"""What people will see: payloads drawn as the products draw them. The pictures are made of what is sent, of nothing else."""
