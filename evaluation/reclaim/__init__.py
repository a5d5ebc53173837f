"""Land that sleeps: idle parcels, zombie firms, low efficiency, and what the law allows next."""
