"""Promise: what the documentation says can be typed: every command in it parses, and marked blocks run as they stand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from artgen.cli import app, main
from tests.docs.blocks import PAGES, ROOT, blocks, commands, shortened, shortened_python

EMBEDDED = {
    "my-pictures": (ROOT / "plugins/image/artgen_image/embedded", 12),
    "my-recordings": (ROOT / "plugins/music/artgen_music/embedded", 3),
    "my-films": (ROOT / "plugins/video/artgen_video/embedded", 3),
}
MARKED = [page for page in PAGES if any(marked for _, _, marked in blocks(page))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_on_the_page_parses(page: Path) -> None:
    for language, text, _ in blocks(page):
        for words in commands(text) if language == "sh" else ():
            app.parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", MARKED, ids=lambda page: page.name)
def test_marked_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out_data(tmp_path, page.read_text(encoding="utf-8"))
    for language, text, marked in blocks(page):
        if marked and language == "python":
            exec(compile(shortened_python(text), str(page), "exec"), {})
        for words in commands(text) if marked and language == "sh" else ():
            with pytest.raises(SystemExit) as left:
                main(shortened(words))
            assert not left.value.code, (page.name, words)


def lay_out_data(folder: Path, text: str) -> None:
    """The folders that the pages speak of, filled with a few of the embedded works of each class."""
    for name, (source, count) in EMBEDDED.items():
        for label in (p for p in sorted(source.iterdir()) if p.is_dir() and name in text):
            (folder / name / label.name).mkdir(parents=True)
            for file in sorted(label.iterdir())[:count]:
                shutil.copy(file, folder / name / label.name)
    if "my-cat.png" in text:
        from PIL import Image

        Image.open(EMBEDDED["my-pictures"][0] / "animals/cat.webp").save(folder / "my-cat.png")


def test_the_marks_are_there() -> None:
    assert {"image.md", "music.md", "video.md", "api.md"} <= {page.name for page in MARKED}
