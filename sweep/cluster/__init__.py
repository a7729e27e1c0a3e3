"""A sweep on a Ray cluster as a service: submitted, watched, stopped and fetched from elsewhere, through Ray Jobs.

submit ─► package (what is shipped) ─► client (Ray's HTTP port) ─► hello (versions), inside check (spec, data, runs)
       └► `sweep run … --address auto --runs-dir …` as a job: the ordinary driver, on the cluster
"""
