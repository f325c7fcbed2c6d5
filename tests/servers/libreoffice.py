"""LibreOffice as a second spreadsheet program: it opens, recalculates and prints."""

import subprocess
from pathlib import Path


def convert(source: Path, kind: str, folder: Path) -> Path:
    """The file in another format (pdf, xlsx), recalculated, in `folder`."""
    folder.mkdir(exist_ok=True)
    profile = folder / "profile"
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation={profile.as_uri()}",
            "--convert-to",
            kind,
            "--outdir",
            str(folder),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return folder / f"{source.stem}.{kind}"


def pages(pdf: Path) -> int:
    """How many pages a PDF has."""
    told = subprocess.run(
        ["pdfinfo", str(pdf)], check=True, capture_output=True, text=True, timeout=60
    )
    return int(told.stdout.partition("Pages:")[2].split()[0])
