"""What can be said of the images where no container engine is at hand; the install itself: `test_clean_install.py`."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from configs.settings import ServingSettings, known_variables
from infra.errors import InfraError
from infra.locking import closure
from tests.infra.dockerfiles import FOLDER, copied, environment, files, let_in, stages
from tests.infra_tools import ROOT
from tests.test_imports import NEVER_IN_SERVING

IMAGES = ("serving", "training")
MEGABYTE = 1_000_000


@pytest.mark.parametrize("name", IMAGES)
def test_what_is_copied_is_there_and_let_in(name: str) -> None:
    sources = copied(stages(name)[0])
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert all(any(source == item or item.startswith(f"{source}/") for item in let_in()) for source in sources)


@pytest.mark.parametrize(("name", "limit_mb"), [("serving", 12), ("training", 20)])
def test_a_builder_is_sent_megabytes_not_models_and_datasets(name: str, limit_mb: int) -> None:
    sent = list(files(copied(stages(name)[0])))
    assert sum(file.stat().st_size for file in sent) < limit_mb * MEGABYTE
    suffixes = {file.suffix for file in sent}
    assert not suffixes & {".pem", ".db", ".parquet", ".onnx", ".env", ".tfstate", ".log"}
    assert not [file for file in sent if ".sdai" in file.parts or ".git" in file.parts or ".venv" in file.parts]


def test_every_module_that_the_command_line_imports_is_let_in() -> None:
    sent = {file.relative_to(ROOT).as_posix() for file in files(copied(stages("training")[0]))}
    there = {path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("infra/*.py"), *ROOT.glob("infra/cost/*.py"))}
    assert "infra/errors.py" in there
    assert there <= sent


def test_secrets_and_state_are_never_let_in() -> None:
    assert not let_in() & {".sdai", "mlruns", ".git", ".venv", "tests", "infra", "infra/compose", "infra/terraform"}


def test_the_serving_image_holds_no_code_of_the_trainers() -> None:
    assert {"training", "flows", "data_validation"}.isdisjoint(copied(stages("serving")[0]))


@pytest.mark.parametrize("name", IMAGES)
def test_images_run_as_the_same_user_that_is_not_root(name: str) -> None:
    final = stages(name)[-1]
    words = [item.word for item in final]
    (user,) = [item.rest for item in final if item.word == "USER"]
    assert user == "10001:10001"
    assert words.index("USER") < words.index("CMD")
    assert not [item for item in final[words.index("USER") :] if item.word in ("RUN", "COPY", "ADD")]
    terraform = (ROOT / "infra" / "terraform" / "main.tf").read_text(encoding="utf-8")
    assert re.search(r"user_id\s*=\s*10001\b", terraform)


@pytest.mark.parametrize("name", IMAGES)
def test_no_compiler_and_no_source_reaches_the_final_image(name: str) -> None:
    final = stages(name)[-1]
    taken = [item.rest for item in final if item.word == "COPY"]
    assert taken == ["--from=build /opt/sdai /opt/sdai"]
    assert not [item for item in final if "build-essential" in item.rest or "gcc" in item.rest]


@pytest.mark.parametrize(("name", "extras"), [("serving", "[serve,aws]"), ("training", "[train]")])
def test_versions_come_from_the_lock(name: str, extras: str) -> None:
    build = stages(name)[0]
    assert environment(build)["PIP_CONSTRAINT"] == "/source/requirements.lock"
    installs = [item.rest for item in build if item.word == "RUN" and "pip install" in item.rest]
    assert f"'.{extras}'" in installs[-1]
    assert "requirements.lock" in copied(build)


@pytest.mark.parametrize("name", IMAGES)
def test_authorities_of_the_database_are_those_that_were_looked_at(name: str, tmp_path: Path) -> None:
    (step,) = [item.rest for item in stages(name)[0] if item.word == "RUN" and "RDS_CA_SHA256" in item.rest]
    trust = tmp_path / "infra" / "containers" / "trust"
    trust.mkdir(parents=True)
    (tmp_path / "opt").mkdir()
    (trust / "rds.crt").write_text("authorities")
    right = hashlib.sha256(b"authorities").hexdigest()
    command = ["/bin/sh", "-c", step.replace("/opt/sdai", str(tmp_path / "opt"))]
    for digest, is_built in (("", True), (right, True), ("0" * 64, False)):
        shutil.rmtree(tmp_path / "opt" / "trust", ignore_errors=True)
        done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "RDS_CA_SHA256": digest}, check=False)
        assert (done.returncode == 0) is is_built
        assert (tmp_path / "opt" / "trust" / "rds.crt").read_text() == "authorities"


@pytest.mark.parametrize("name", IMAGES)
def test_variables_of_images_are_settings(name: str) -> None:
    own = {key for key in environment(stages(name)[-1]) if key.startswith("SDAI_")}
    assert own
    assert own <= set(known_variables())


def test_the_serving_image_starts_the_service_and_asks_it() -> None:
    final = stages("serving")[-1]
    by_word = {item.word: item.rest for item in final}
    assert by_word["EXPOSE"] == str(ServingSettings().port)
    for word in ("CMD", "HEALTHCHECK"):
        command = json.loads(by_word[word][by_word[word].index("[") :])
        assert command[:2] == ["python", "-m"]
        assert find_spec(command[2]) is not None
    volumes = json.loads(by_word["VOLUME"])
    assert set(volumes) == {environment(final)["SDAI_PATHS_HOME"], "/tmp"}


def test_the_serving_extras_bring_nothing_that_trains() -> None:
    installed = closure(["serve", "aws"])
    assert {"bentoml", "onnxruntime", "boto3", "psycopg2-binary"} <= set(installed)
    assert not {name.replace("_", "-") for name in NEVER_IN_SERVING} & set(installed)
    assert "scikit-learn" not in installed


def test_the_lock_pins_all_that_serving_installs() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines if "==" in line}
    assert sorted(set(closure(["serve", "aws"])) - pinned) == []


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(InfraError, match="no-such-package is not installed"):
        closure([], project="no-such-package")


def test_the_bento_holds_what_the_serving_image_holds() -> None:
    bento = yaml.safe_load((FOLDER / "bentofile.yaml").read_text(encoding="utf-8"))
    folders = {Path(pattern).parts[0] for pattern in bento["include"]}
    assert folders == {source for source in copied(stages("serving")[0]) if (ROOT / source / "__init__.py").is_file()}
    assert bento["service"] == "serving.service:Design"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"infra.locking serve aws > {bento['python']['requirements_txt']}" in makefile
