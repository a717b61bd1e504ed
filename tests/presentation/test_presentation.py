"""Pictures have the right pixels; the page is escaped and its sliders work in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
import torch
from PIL import Image

from resefa.errors import OutputError
from resefa.presentation.contact_sheet import SheetRow, contact_sheet, label_span
from resefa.presentation.gallery import GalleryEdit, GallerySection, save_gallery
from resefa.presentation.outline import outlined
from resefa.presentation.pixels import to_picture
from resefa.presentation.save_images import save_picture


def test_the_outline_lies_on_the_edge_of_the_region():
    edit = torch.zeros(16, 16)
    edit[4:8, 2:10] = 1
    plain, drawn = to_picture(torch.zeros(3, 16, 16), 128), outlined(torch.zeros(3, 16, 16), edit, 128)
    changed = [(x, y) for x in range(128) for y in range(128) if plain.getpixel((x, y)) != drawn.getpixel((x, y))]
    assert (min(y for _, y in changed), max(y for _, y in changed)) == (32, 63)
    assert (min(x for x, _ in changed), max(x for x, _ in changed)) == (16, 79)


def test_a_sheet_holds_its_cells_and_an_unknown_ending_is_refused(tmp_path):
    cells = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    sheet = contact_sheet([SheetRow("a", cells), SheetRow("longer label", cells, ["one", "two"])], ["x", "y"], "title")
    colours = {colour: count for count, colour in sheet.getcolors(100_000)}
    assert colours[(255, 0, 0)] == colours[(0, 0, 255)] == 2 * 40 * 30
    with pytest.raises(OutputError, match=r"ends in \..*\.png"):
        save_picture(tmp_path / "a.xyz", sheet)


@pytest.fixture
def page(tmp_path):
    frames = [Image.new("RGB", (8, 8), (i * 50, 0, 0)) for i in range(3)]
    edit = GalleryEdit("<script>alert(1)</script>", frames, [-1, 0, 1], frames[0], frames[1])
    save_gallery(tmp_path / "page.html", "Title & more", "intro", [GallerySection("s", "t", [edit, edit])])
    return tmp_path / "page.html"


def test_the_page_is_whole_and_escaped(page):
    text = page.read_text()
    assert "<script>alert" not in text and "Title &amp; more" in text
    assert not re.search(r"(?:src|href)=\"(?!data:)", text) and "http" not in text


def test_sliders_move_the_pictures_in_a_real_browser(page, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    act = """<script>const s=document.querySelectorAll('.one'),a=document.querySelector('.all'),
    f=()=>[...document.querySelectorAll('.face')].map(i=>[...i.closest('.card').querySelectorAll('.strip img')].findIndex(x=>x.src==i.src)),
    go=(r,v)=>{r.value=v;r.dispatchEvent(new Event('input'))},out=[f()];go(s[0],1);out.push(f());go(a,-1);out.push(f());
    document.body.innerHTML='<pre>'+JSON.stringify(out)+'</pre>'</script></body>"""
    page.write_text(page.read_text().replace("</body>", act))
    flags = "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
    done = subprocess.run(
        [browser, *flags.split(), f"--user-data-dir={tmp_path}/profile", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    found = re.search(r"<pre>(.*?)</pre>", done.stdout)
    assert found, done.stderr[-500:]
    assert json.loads(found.group(1)) == [[1, 1], [2, 1], [0, 0]]


@pytest.mark.parametrize(
    ("labels", "span"),
    [
        (["seed 7"], "seed 7"),
        (["seed 8", "seed 9", "seed 10"], "seeds 8 to 10"),
        (["seed 1", "seed 7", "seed 10"], "seeds 1, 7, 10"),
        (["code 3", "code 2"], "codes 3, 2"),
    ],
)
def test_a_row_of_images_names_the_images_it_shows(labels, span):
    assert label_span(labels) == span
