"""The manifests of docker/kuberay: valid to Kubernetes and to KubeRay, in agreement with each other, and hardened."""

import gzip
import importlib.metadata
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docker" / "kuberay"
FIXTURES = ROOT / "tests" / "fixtures" / "kuberay"
KUBERNETES = "1.33"
WRITTEN = {path.name: list(yaml.safe_load_all(path.read_text())) for path in sorted(FOLDER.glob("*.yaml"))}
DOCUMENTS = [(name, document) for name, documents in WRITTEN.items() for document in documents]
OWN = ("RayCluster", "RayJob")
(CLUSTER,), (JOB,) = WRITTEN["raycluster.yaml"], WRITTEN["rayjob.yaml"]


def labelled(entry: tuple[str, Mapping[str, Any]]) -> str:
    return f"{entry[1]['kind']}-{entry[1]['metadata']['name']}"


def strict(schema: Any) -> Any:
    """A CRD's schema as the API server applies it with strict fields: a key that is not named is a mistake."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    closed = {key: strict(value) for key, value in schema.items()}
    is_closed = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if is_closed and not schema.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed


def definition(plural: str) -> dict[str, Any]:
    crd = json.loads(gzip.decompress((FIXTURES / f"ray.io_{plural}.json.gz").read_bytes()))
    (version,) = (v for v in crd["spec"]["versions"] if v["name"] == "v1")
    schema = strict(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}  # the API server's own: checked as such below
    return schema


def mistakes(document: Mapping[str, Any]) -> list[str]:
    errors = jsonschema.Draft202012Validator(definition(document["kind"].lower() + "s")).iter_errors(document)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def pods(document: Any) -> Iterator[dict[str, Any]]:
    """Every pod that a manifest describes."""
    if isinstance(document, list):
        for part in document:
            yield from pods(part)
    elif isinstance(document, dict):
        if "containers" in document:
            yield document
        for part in document.values():
            yield from pods(part)


@pytest.fixture(scope="module")
def secrets() -> list[dict[str, Any]]:
    """The output of `docker/kuberay/secrets`."""
    printed = subprocess.run([FOLDER / "secrets"], capture_output=True, text=True, check=True).stdout
    return list(yaml.safe_load_all(printed))


@pytest.mark.parametrize("entry", [d for d in DOCUMENTS if d[1]["kind"] not in (*OWN, "Kustomization")], ids=labelled)
def test_kubernetes_takes_its_own_kinds(entry):
    kubernetes_validate.validate(entry[1], KUBERNETES, strict=True)


@pytest.mark.parametrize("document", [CLUSTER, JOB], ids=OWN)
def test_kuberay_takes_its_kinds(document):
    assert mistakes(document) == []


@pytest.mark.parametrize("pod", [p for d in (CLUSTER, JOB) for p in pods(d)])
def test_kubernetes_takes_the_pods_within(pod):
    stand_in = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": pod}
    kubernetes_validate.validate(stand_in, KUBERNETES, strict=True)


def test_a_wrong_manifest_is_found():
    wrong = json.loads(json.dumps(CLUSTER))
    wrong["spec"]["authOptions"]["mode"] = "tokens"
    wrong["spec"]["workerGroupSpecs"][0]["maxReplica"] = 20
    wrong["spec"]["headGroupSpec"]["template"]["spec"]["containers"][0]["imagee"] = "nt-sweep"
    assert len(mistakes(wrong)) == 3


def test_a_job_brings_the_cluster_that_stays():
    assert JOB["spec"]["rayClusterSpec"] == CLUSTER["spec"]


def test_the_version_of_ray_is_the_one_of_the_image():
    assert CLUSTER["spec"]["rayVersion"] == importlib.metadata.version("ray")


def test_ray_asks_for_a_token():
    auth = CLUSTER["spec"]["authOptions"]
    assert auth == {"mode": "token", "secretName": "sweep-ray"}


def test_secrets_are_drawn_each_time(secrets):
    for secret in secrets:
        kubernetes_validate.validate(secret, KUBERNETES, strict=True)
    again = subprocess.run([FOLDER / "secrets"], capture_output=True, text=True, check=True).stdout
    drawn = [value for secret in secrets for value in secret["stringData"].values() if value != "sweep"]
    assert len(set(drawn)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) and value not in again for value in drawn)


def test_each_secret_that_is_asked_for_is_made(secrets):
    keys = {(s["metadata"]["name"], key) for s in secrets for key in s["stringData"]}
    containers = [c for _, d in DOCUMENTS for pod in pods(d) for c in pod["containers"]]
    sources = [e["valueFrom"]["secretKeyRef"] for c in containers for e in c.get("env", []) if "valueFrom" in e]
    assert {(source["name"], source["key"]) for source in sources} | {("sweep-ray", "auth_token")} == keys


def test_no_secret_is_written_down():
    assert not [d for _, d in DOCUMENTS if d["kind"] == "Secret"]
    containers = [c for _, d in DOCUMENTS for pod in pods(d) for c in pod["containers"]]
    names = [e["name"] for c in containers for e in c.get("env", []) if "value" in e]
    assert not [name for name in names if re.search("PASSWORD|TOKEN|SECRET|KEY", name)]


@pytest.mark.parametrize("pod", [p for _, d in DOCUMENTS for p in pods(d)])
def test_pods_are_hardened(pod):
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("pod", [p for _, d in DOCUMENTS for p in pods(d)])
def test_what_is_mounted_is_there(pod):
    claimed = {d["metadata"]["name"] for d in WRITTEN["volumes.yaml"]} | {"sweep-postgres"}
    volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
    mounts = {mount["name"] for c in pod["containers"] for mount in c["volumeMounts"]}
    assert mounts <= set(volumes) | {"sweep-postgres"}
    claims = [v["persistentVolumeClaim"]["claimName"] for v in volumes.values() if "persistentVolumeClaim" in v]
    assert set(claims) <= claimed


def test_kustomize_finds_its_files():
    (kustomization,) = WRITTEN["kustomization.yaml"]
    assert set(kustomization["resources"]) == set(WRITTEN) - {"kustomization.yaml", "rayjob.yaml"}


def test_every_selector_finds_a_pod():
    labels = [d["spec"]["template"]["metadata"]["labels"] for _, d in DOCUMENTS if "template" in d.get("spec", {})]
    labels += [g["template"]["metadata"]["labels"] for g in CLUSTER["spec"]["workerGroupSpecs"]]
    selectors = [d["spec"]["podSelector"]["matchLabels"] for d in WRITTEN["network.yaml"]]
    selectors += [d["spec"]["selector"] for _, d in DOCUMENTS if d["kind"] == "Service"]
    assert all(any(selector.items() <= have.items() for have in labels) for selector in selectors)


@pytest.mark.parametrize("spec", [CLUSTER["spec"], JOB["spec"]["rayClusterSpec"]], ids=OWN)
def test_user_code_has_no_token_of_the_kubernetes_api(spec):
    """The autoscaler, in a container of its own beside the head, has one."""
    pods = [group["template"]["spec"] for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"])]
    assert all(pod["automountServiceAccountToken"] is False for pod in pods)
    tokens = {volume["name"] for pod in pods for volume in pod["volumes"] if "projected" in volume}
    mounted = {m["name"] for pod in pods for container in pod["containers"] for m in container["volumeMounts"]}
    assert tokens and not tokens & mounted
    assert {mount["name"] for mount in spec["autoscalerOptions"]["volumeMounts"]} == tokens


def test_outgoing_connections_are_named():
    policies = {p["metadata"]["name"]: p["spec"] for p in WRITTEN["network.yaml"]}
    assert all("Egress" in policy["policyTypes"] for policy in policies.values())
    open_to_all = [rule for rule in policies["sweep-ray"]["egress"] if "to" not in rule]
    assert [[port["port"] for port in rule["ports"]] for rule in open_to_all] == [[53, 53]]
    (block,) = (
        peer["ipBlock"] for rule in policies["sweep-ray"]["egress"] for peer in rule.get("to", []) if "ipBlock" in peer
    )
    assert "169.254.0.0/16" in block["except"], "the machine's own credentials"
