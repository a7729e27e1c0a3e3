"""Private functions of Ray that the cluster client calls: still there, and they do what it relies on."""

from sweep.cluster import ray_private


def test_no_token_no_header(monkeypatch):
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    assert ray_private.token_headers() == {}


def test_the_free_resources_of_each_machine():
    import ray

    ray.init(address="local", num_cpus=1, include_dashboard=False)  # not one that another test has started
    try:
        (node,) = ray.nodes()
        assert ray_private.free_resources()[node["NodeID"]]["CPU"] == 1.0
    finally:
        ray.shutdown()
