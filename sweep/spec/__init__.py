"""From a YAML file to a checked Spec: sections, parameter space, objectives."""
