"""Networks within one file: how they are found, named, chosen, and completed if they are running averages."""
