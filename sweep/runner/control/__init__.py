"""The driver under control: its progress, requests to stop or to pause, what others may see of it."""
