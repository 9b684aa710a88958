"""Several services behind a real balancer: one is killed, one set takes over from another, under load."""
