"""Checks of docker/ that need no engine: no open port, no stored secret, scripts that explain themselves."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
S3 = yaml.safe_load((ROOT / "docker" / "compose.s3.yaml").read_text())
EGRESS = yaml.safe_load((ROOT / "docker" / "compose.egress.yaml").read_text())
ALL = COMPOSE["services"] | S3["services"]
SERVICES = sorted(ALL)
SCRIPTS = (
    "docker/cluster", "docker/kuberay/secrets", "docker/s3/serve", "docker/slurm/sweep.sbatch", "scripts/setup.sh",
    ".ci/run",
)  # fmt: skip
SECRET = re.compile("TOKEN|PASSWORD|SECRET")
DIGEST = re.compile(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}")


@pytest.fixture
def cluster(tmp_path):
    """The script in a folder of its own, which has no secrets yet."""
    (tmp_path / "docker").mkdir()
    return Path(shutil.copy2(ROOT / "docker" / "cluster", tmp_path / "docker"))


def run(script: Path, *arguments: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, "HOME": os.environ.get("HOME", "/")}
    return subprocess.run([script, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_pass_shellcheck(script):
    program = Path(sys.executable).with_name("shellcheck")
    process = subprocess.run([program, ROOT / script], capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout


def test_secrets_are_drawn_kept_and_readable_by_their_owner_alone(cluster):
    file = cluster.with_name(".env")
    assert run(cluster, "secrets").returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = file.read_text()
    drawn = re.findall(r"^\w+=([0-9a-f]{48})$", first, re.MULTILINE)
    assert len(set(drawn)) == 4
    again = run(cluster, "secrets")
    assert again.returncode == 1
    assert "stays as it is" in again.stderr
    assert file.read_text() == first
    file.unlink()
    run(cluster, "secrets")
    assert not [value for value in drawn if value in file.read_text()]


def test_every_secret_that_a_service_needs_is_written(cluster):
    run(cluster, "secrets")
    written = set(re.findall(r"^(\w+)=", cluster.with_name(".env").read_text(), re.MULTILINE))
    variables = re.findall(r"\$\{(\w+):\?", (ROOT / "docker" / "compose.yaml").read_text())
    assert set(variables) <= written
    assert not re.findall(
        r"\$\{\w*(?:TOKEN|PASSWORD|SECRET)\w*(?!\w|:\?)", (ROOT / "docker" / "compose.yaml").read_text()
    )


def test_git_and_docker_never_see_them():
    ignored = subprocess.run(["git", "check-ignore", "docker/.env"], cwd=ROOT, capture_output=True, check=False)
    assert ignored.returncode == 0
    sent = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in sent
    assert not [line for line in sent if line.startswith("!") and ".env" in line]


def test_without_docker_it_says_what_is_missing(cluster, tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("sh", "dirname", "sed"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    for command in ("up", "down", "logs"):
        process = run(cluster, command, path=str(tmp_path / "bin"))
        assert process.returncode == 1
        assert "needs Docker, which is not here" in process.stderr


def test_without_a_command_it_lists_them(cluster):
    output = run(cluster).stdout
    assert all(
        f"docker/cluster {command}" in output for command in ("secrets", "up", "demo", "logs", "down", "compose")
    )


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_hardened(name):
    service = ALL[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["pids_limit"] == 4096  # a number: Compose 1.29 refuses a text
    assert service["healthcheck"]["test"]
    assert name == "postgres" or "cap_add" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_bound_to_this_machine_unless_asked(name):
    assert all(port.startswith("${BIND:-127.0.0.1}:") for port in ALL[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_written_down_or_on_a_command_line(name):
    service = ALL[name]
    values = [value for key, value in service.get("environment", {}).items() if SECRET.search(key)]
    set_values = [value for value in values if value is not None]  # None: from the environment, where it is set
    assert bool(set_values) is not name.endswith("-gateway")
    assert all(re.fullmatch(r"\$\{\w+:\?run docker/cluster secrets\}", value) for value in set_values)
    assert not SECRET.search(" ".join(map(str, service.get("command", []))))
    assert "labels" not in service


@pytest.mark.parametrize("name", ["head", "worker"])
def test_ray_asks_for_a_token(name):
    environment = ALL[name]["environment"]
    assert environment["RAY_AUTH_MODE"] == "token"
    assert "RAY_AUTH_TOKEN" in environment


def test_the_database_is_reached_by_mlflow_alone():
    networks = {name: service["networks"] for name, service in COMPOSE["services"].items()}
    assert [name for name, at in networks.items() if "store" in at] == ["mlflow", "postgres"]
    assert networks["postgres"] == ["store"]
    assert COMPOSE["networks"]["store"] == {"internal": True}
    assert "ports" not in COMPOSE["services"]["postgres"]


def test_your_code_has_no_way_out_unless_asked():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    networks = {name: service["networks"] for name, service in ALL.items()}
    outside = [name for name, at in networks.items() if "outside" in at]
    assert outside == ["ray-gateway", "mlflow-gateway", "s3-gateway"]
    assert all("ports" not in service for name, service in ALL.items() if name not in outside)
    assert all(ALL[name]["command"][0] == "socat" for name in outside)  # no code of yours
    assert EGRESS["services"] == {"head": {"networks": ["outside"]}, "worker": {"networks": ["outside"]}}


def test_base_images_are_named_by_their_digests():
    files = [ROOT / "docker" / "Dockerfile", ROOT / "docker" / "s3" / "Dockerfile"]
    bases = [re.findall(r"^ARG BASE_IMAGE=(.+)$", file.read_text(), re.MULTILINE) for file in files]
    assert bases[0] == bases[1]
    assert len(bases[0]) == 1
    stages = [re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE) for file in files]
    assert {stage for names in stages for stage in names} == {"${BASE_IMAGE}", "python"}
    database = ALL["postgres"]["image"].removeprefix("${POSTGRES_IMAGE:-").removesuffix("}")
    pods = list(yaml.safe_load_all((ROOT / "docker" / "kuberay" / "postgres.yaml").read_text()))
    assert pods[1]["spec"]["template"]["spec"]["containers"][0]["image"] == database
    assert DIGEST.fullmatch(bases[0][0])
    assert DIGEST.fullmatch(database)


def test_the_catalog_is_mounted_read_only():
    mounts = [m for name in ("head", "worker") for m in COMPOSE["services"][name]["volumes"] if ":/data" in m]
    assert len(mounts) == 2
    assert all(mount.endswith(":ro") for mount in mounts)


def launcher() -> dict:
    return yaml.safe_load((ROOT / "docker" / "launcher" / "aws.yaml").read_text())


def judged(config: dict) -> None:
    """Raises what Ray's own launcher would."""
    from ray.autoscaler._private.util import prepare_config, validate_config

    validate_config(prepare_config(config))


def test_ray_takes_the_launcher_s_file():
    judged(launcher())


def test_ray_finds_a_mistake_in_it():
    wrong = launcher()
    wrong["head_node_type"] = "heads"
    with pytest.raises(ValueError, match="head_node_type"):
        judged(wrong)
    with pytest.raises(jsonschema.ValidationError):
        judged(launcher() | {"idle_timeout": 5})


def test_machines_of_the_launcher_ask_for_a_token():
    config = launcher()
    started = config["head_start_ray_commands"] + config["worker_start_ray_commands"]
    assert all("RAY_AUTH_MODE=token" in command for command in started if "ray start" in command)
    assert "/home/ubuntu/.ray/auth_token" in config["file_mounts"]
    assert "docker/.env" in config["rsync_exclude"]
