"""Import paths of earlier versions that clusters may still call."""
