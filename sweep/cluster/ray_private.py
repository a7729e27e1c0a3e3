"""Functions of Ray without a public counterpart that the cluster client calls, as of Ray 2.60.

Free resources of each machine: `ray.available_resources` has the sum over the cluster only, and the state API needs the
dashboard. Headers with the cluster's token: Ray's public clients add them, but wait minutes for an address that does
not answer. tests/cluster/test_ray_private.py fails when Ray moves one of them.
"""

from collections.abc import Mapping


def free_resources() -> Mapping[str, Mapping[str, float]]:
    """Return the free resources of each machine, by node id."""
    from ray._private.state import available_resources_per_node

    free: dict[str, dict[str, float]] = available_resources_per_node()  # pyright: ignore[reportUnknownVariableType]
    return free


def token_headers() -> dict[str, str]:
    """Return the headers that carry the token of the environment; {} without one."""
    from ray._private.authentication.http_token_authentication import get_auth_headers_if_auth_enabled

    return get_auth_headers_if_auth_enabled({})
