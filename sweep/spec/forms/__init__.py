"""Other forms of a spec than the one that is checked: the short one that people write, the JSON schema for editors."""
