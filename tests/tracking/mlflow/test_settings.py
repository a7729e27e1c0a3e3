import os

from sweep.tracking.mlflow import settings


def test_own_settings_are_no_others(monkeypatch):
    for name in [name for name in os.environ if name.startswith(settings.PREFIXES)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///x.db")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    settings.take()
    assert not settings.has_others()
    os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = "s3://x"
    assert settings.has_others()


def test_a_time_limit_of_the_user_stays(monkeypatch):
    monkeypatch.setattr(os, "environ", {**os.environ, settings.TIMEOUT: "2"})
    settings.take()
    assert os.environ[settings.TIMEOUT] == "2"
