"""The text syntax: what each form means, what binds first, and one sentence for each mistake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resefa.errors import RegionError
from resefa.regions.region import Region


def parse(text: str) -> Region:
    return Region.parse(text, presets="toon-faces")


A, B, C = Region.box(1, 2, 3, 4), Region.ellipse(5, 6, 7, 8), Region.preset("mouth", "toon-faces")
a, b = "box:1,2,3,4", "ellipse:5,6,7,8"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("mouth", C),
        ("Left_Eye", Region.preset("left-eye", "toon-faces")),
        ("left eye", Region.preset("left-eye", "toon-faces")),
        ("ffhq:mouth", Region.preset("mouth", "aligned-ffhq")),
        ("aligned-ffhq: mouth", Region.preset("mouth", "aligned-ffhq")),
        ("box:40,18,14,28", Region.box(40, 18, 14, 28)),
        (" BOX: 40, 18.5, 14 ,28 ", Region.box(40, 18.5, 14, 28)),
        ("box:62%,28%,22%,44%", Region.box(0.62, 0.28, 0.22, 0.44, unit="fraction")),
        ("ellipse:40,18,14,28", Region.ellipse(40, 18, 14, 28)),
        ("polygon:1,2;3,4;5,0", Region.polygon([(1, 2), (3, 4), (5, 0)])),
        ("polygon:1%,2%;3%,4%;5%,0%", Region.polygon([(0.01, 0.02), (0.03, 0.04), (0.05, 0)], unit="fraction")),
        (f"{a}+{b}", A | B),
        (f"{a}&{b}", A & B),
        (f"{a} - {b}", A - B),
        (f"!{a}", ~A),
        (f"!!{a}", A),
        (f"{a}~3", A.feather(3)),
        (f"{a} ~ 2.5%", A.feather(0.025, unit="fraction")),
        (f"{a}~0", A),
        (f"{a}~1~2", A.feather(1).feather(2)),
        (f"{a}+{b}&mouth", A | (B & C)),
        (f"({a} + {b})&mouth", (A | B) & C),
        (f"{a} - {b}+mouth", (A - B) | C),
        (f"{a}+{b} - mouth", (A | B) - C),
        (f"{a} - {b} - mouth", (A - B) - C),
        (f"{a} - ({b} - mouth)", A - (B - C)),
        (f"!{a}&{b}", ~A & B),
        (f"!{a}~3", ~A.feather(3)),
        (f"(!{a})~3", (~A).feather(3)),
        (f"{a}+{b}~3", A | B.feather(3)),
        (f"({a}+{b})~3", (A | B).feather(3)),
        (f"( ( {a} ) )", A),
        (f"{a}\t-\n{b}", A - B),
    ],
)
def test_meaning(text: str, region: Region) -> None:
    assert parse(text) == region
    assert Region.parse(region.text) == region


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "box:40,18,14",
            r"'box:40,18,14' has 3 numbers; a box has four: top,left,height,width.*box:40,18,14,28",
        ),
        ("ellipse:", "'ellipse:' has 0 numbers; an ellipse has four"),
        ("mouth+box:1", "'box:1' has 1 number;"),
        ("box:40,18,14,x", "'x' instead of a number"),
        ("box:nan,1,2,3", "'nan' instead of a number"),
        ("box:1e5,1,2,3", "'1e5' instead of a number"),
        ("box:" + "9" * 400 + ",1,2,3", "finite"),
        ("box:40,18%,14,28", "mixes pixels and percentages"),
        ("box:1,1,0,4", "above 0"),
        ("box:62%,28%,82%,44%", "from 0 to 1"),
        ("polygon:1,2;3,4", "2 points; give at least three"),
        ("polygon:1,2,3;4,5", "pairs"),
        ("polygon:", "pairs"),
        ("", "text is empty"),
        ("  ", "text is empty"),
        ("mouth+", "ends with an operator"),
        ("mouth - ", "ends with an operator"),
        ("!", "ends with an operator"),
        ("+mouth", r"'\+' at character 1"),
        ("mouth&+eyes", r"'\+' at character 7"),
        ("()", r"'\)' at character 2"),
        ("(mouth", r"unclosed '\(' at character 1"),
        ("nose+(mouth+eyes", r"unclosed '\(' at character 6"),
        ("mouth)", r"unmatched '\)' at character 6"),
        ("(mouth!eyes)", "'!' at character 7 instead of an operator"),
        ("mouth(eyes)", r"'\(' at character 6 instead of an operator"),
        ("mouth~", "no number after the '~' at character 6"),
        ("mouth~-3", "no number after the '~' at character 6"),
        ("mouth~1.2.3", "no number after the '~'"),
        ("mouth~3 eyes", "'e' at character 9 instead of an operator"),
        ("mouth eyes", r"'mouth\+eyes'"),
        ("mouth,eyes", r"'mouth\+eyes'"),
        ("mouth | left eye", r"'mouth\+left eye'"),
        ("mouth and eyes", r"'mouth\+eyes'"),
        ("not mouth", "'!mouth'"),
        ("40,18,14,28", "write box:40,18,14,28"),
        ("box=40,18,14,28", "needs a colon after box, as in box:40,18,14,28"),
        ("box(40,18,14,28)", "box:40,18,14,28"),
        ("circle:32,32,10", r"did you mean 'ellipse'"),
        ("rect:1,2,3,4", r"did you mean 'box'"),
        ("face-mouth", r"'face - mouth'"),
        ("left-eye-nose", r"'left-eye - nose'"),
        ("mouth -eyes", r"'mouth - eyes'"),
        ("(mouth)-eyes", "'-' without spaces at character 8"),
        ("mouth~3 -eyes", "'-' without spaces at character 9"),
        ("-mouth", "'-mouth'; did you mean mouth"),
        ("mouth -", "'mouth -'; did you mean mouth"),
        ("mouht", r"did you mean mouth\?.*mouth, eyes, left-eye"),
        ("ffhq:hair", "aligned-ffhq: 'hair'"),
        ("bxo:1,2,3,4", r"did you mean 'box'"),
        ("C:mask.png", "in quotes"),
        ("mask.png", "mask.png cannot be read .No such file"),
        ("masks/face", "masks/face cannot be read .No such file"),
        ("'my mask", "unclosed quote at character 1"),
        ("''", "empty file name"),
        ("file:", "empty file name"),
        ("labels.png#", "needs whole numbers after the #"),
        ("labels.png#3;5", "needs whole numbers after the #"),
        ("mask[64x64 sha256:ab12cd34]", "array in memory"),
        ("labels[64x64 sha256:ab12cd34]#3", "array in memory"),
        ("(" * 5000, "more than 100 parentheses"),
        ("mouth" + "~1" * 5000, "nests more than 100 operations"),
        ("a" * 5000, r"'a{100}\.\.\.'"),
    ],
)
def test_mistakes_get_one_sentence(text: str, says: str) -> None:
    with pytest.raises(RegionError, match=says) as caught:
        parse(text)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 500


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(RegionError, match="type int"):
        Region.parse(3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mask.png", "mask.png"),
        ("left-eye.png", "left-eye.png"),
        ("my mask.png", "my mask.png"),
        ("my mask.png", "'my mask.png'"),
        ("my mask.png", 'file:"my mask.png"'),
        ("painted", "file:painted"),
        ("painted", "file: painted "),
        ("painted", "./painted"),
        ("a+b (c)~1 - d.png", "'a+b (c)~1 - d.png'"),
        ("it's.png", '"it\'s.png"'),
        ("it's.png", "'it''s.png'"),
        ("#3.png", "'#3.png'"),
        ("box:1,2,3,4", "'box:1,2,3,4'"),
    ],
)
def test_file_names(name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pixels = np.zeros((8, 8), dtype=np.uint8)
    pixels[2:4, 2:6] = 255
    Image.fromarray(pixels).save(tmp_path / name, format="PNG")
    region = parse(text)
    assert region.weights(8, 8).edit_pixels == 8
    assert parse(region.text) == region
    combined = parse(f"{text}+mouth")
    assert combined == region | C
    assert parse(combined.text) == combined


@pytest.mark.parametrize(
    "text", ["labels.png#3,5", "'labels.png'#5,3", "file:labels.png # 3, 5", "labels.png#3+labels.png#5"]
)
def test_label_maps(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    labels = np.arange(64, dtype=np.uint8).reshape(8, 8) % 8
    Image.fromarray(labels).save("labels.png")
    region = parse(text)
    assert region.weights(8, 8).edit.sum(0).tolist() == [0, 0, 0, 8, 0, 8, 0, 0]
    assert parse(region.text) == region
    assert parse(f"{text} - mouth~2").weights(8, 8).edit_pixels > 0


def painted(name: str) -> None:
    pixels = np.zeros((8, 8), dtype=np.uint8)
    pixels[2:4, 2:6] = 255
    Image.fromarray(pixels).save(name, format="PNG")


@pytest.mark.parametrize(
    "name",
    [
        "mask (1).png",
        "mask+v2.png",
        "bob's.png",
        "a~b.png",
        "C#mask.png",
        "mask!.png",
        "a & b.png",
        "face - mask.png",
        "mask (copy)",
        "~mask.png",
    ],
)
def test_a_text_that_is_exactly_a_files_name_is_that_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    painted(name)
    region = parse(name)
    assert region.weights(8, 8).edit_pixels == 8
    assert parse(region.text) == region
    assert parse(f"'{name.replace(chr(39), chr(39) * 2)}'~2 + mouth").weights(8, 8).edit_pixels > 8


def test_labels_of_a_file_whose_name_holds_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8) % 8).save("labels (1).png")
    assert parse("labels (1).png#3,5").weights(8, 8).edit_pixels == 16


def test_files_do_not_take_the_place_of_presets_and_shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mouth", "box:1,2,3,4", "mouth+eyes"):
        painted(name)
        assert not parse(name).text.startswith("'")
    painted("a.png")
    painted("b.png")
    assert parse("a.png+b.png") == parse("a.png") | parse("b.png")
    painted("a.png+b.png")
    with pytest.raises(RegionError, match="file name.*quotes"):
        parse("a.png+b.png")


@pytest.mark.parametrize("name", [r"C:\Users\me\mask.png", "C:/Users/me/mask.png", r"d:\mask.png"])
def test_windows_paths(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    painted(name)
    for text in (name, f"{name}~1", f"{name}+mouth"):
        region = parse(text)
        assert region.weights(8, 8).edit_pixels > 1
        assert parse(region.text) == region


def test_paths_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    painted(str(tmp_path / "mask.png"))
    assert parse("~/mask.png~2 + mouth") == Region.mask("~/mask.png").feather(2) | parse("mouth")
    assert parse("file:~/mask.png") == parse("'~/mask.png'") == parse("~/mask.png")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mask (1).png", r"'mask \(1\).png' does not exist.*quotes"),
        ("https://host/mask.png", "URL"),
        ("outlines.json#mouth", "outlines.json cannot be read"),
    ],
)
def test_files_that_are_not_there(text: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegionError, match=says):
        parse(text)
