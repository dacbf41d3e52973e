"""Compiles the evaluator of Storage rules into the jar that is committed beside it.

    python -m tools.storage_rules.build

The Java runtime that the project installs has no compiler, so this runs where a JDK (17 or later)
and Google's Firestore emulator are. The same source and compiler give the same jar, byte for
byte, and the manifest holds a digest of the source.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.java import STORAGE_RULES_JAR, google_jar, manifest

DIGEST_NAME = "Sources-SHA-256"
_FOLDER = Path(__file__).resolve().parent


def source_digest() -> str:
    """Returns the SHA-256 of the Java sources, in the order of their names."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in _sources())).hexdigest()


def _sources() -> list[Path]:
    return sorted(_FOLDER.glob("*.java"))


def _write(jar: zipfile.ZipFile, name: str, content: bytes) -> None:
    jar.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # dated 1980, as any build


def main() -> int:
    """Runs the program and returns its exit code."""
    engine = google_jar()
    if engine is None:
        print("The Firestore emulator of the Google Cloud CLI is missing.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as classes:
        options = ["--release", "17", "-proc:none", "-g:none", "-cp", str(engine), "-d", classes]
        subprocess.run(["javac", *options, *_sources()], check=True)  # noqa: S603, S607  # the JDK on PATH
        with zipfile.ZipFile(STORAGE_RULES_JAR, "w") as jar:
            digest = manifest(f"{DIGEST_NAME}: {source_digest()}")
            _write(jar, "META-INF/MANIFEST.MF", digest.encode())
            for path in sorted(Path(classes).rglob("*.class")):
                _write(jar, path.name, path.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
