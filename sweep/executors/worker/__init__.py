"""A worker process: one trial, its watchdog, its crash record."""
