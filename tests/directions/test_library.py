"""Named directions of a model: names as files, models by fingerprint, regions as text."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa.directions import Provenance
from resefa.directions.direction_names import file_stem
from resefa.directions.library import NamedDirections, named_by_model
from resefa.errors import DirectionsError, ResefaWarning


def directions(generator, **facts):
    vectors = torch.randn(2, generator.space("W").dimensions, generator=torch.Generator().manual_seed(0))
    origin = Provenance(space="W", model=generator.name, fingerprint=generator.fingerprint, **facts)
    found = resefa.Directions(vectors, provenance=origin)
    if facts.get("region"):
        found = found.with_region(resefa.Region.parse(facts["region"], generator.presets), generator.resolution)
    return found


@pytest.fixture
def library(toons, tmp_path, monkeypatch):
    monkeypatch.setattr("resefa.directions.library.SHIPPED", tmp_path / "shipped")
    return NamedDirections(toons, tmp_path)


def test_a_direction_is_the_same_after_storing(toons, library):
    given = directions(toons)[1]
    path = library.add("Smile", given)
    found = library["smile"]
    assert torch.equal(found.vector, given.vector) and found.name == "Smile" and found.step == pytest.approx(given.step)
    assert (
        path.is_relative_to(library.folder) and list(library) == ["Smile"] and "SMILE" in library and len(library) == 1
    )


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b\\c", "CON", "aux", ".hidden", "ü", "日本", "x" * 200, "a=b", "#1 !"]
)
def test_an_odd_name_is_one_file_in_the_folder(toons, library, name):
    path = library.add(name, directions(toons)[0])
    assert path.parent == library.folder and path.name.isascii() and len(path.name) < 80 and path.name[0] not in ".-"
    assert (
        path.name.split(".")[0].lower() not in ("con", "aux") or path.name != f"{path.name.split('.')[0]}.safetensors"
    )
    assert list(library) == [name] and library[name].name == library[name.upper()].name
    library.remove(name)
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[31m", "x" * 201, "\u200b", 3])
def test_a_name_that_cannot_be_shown_is_refused(toons, library, name):
    with pytest.raises(DirectionsError, match="1 to 200"):
        library.add(name, directions(toons)[0])


def test_different_names_have_different_files():
    names = ["a b", "a-b", "a_b", "a/b", "a.b", "ａ", "b a", "ß", "ss "]
    stems = [file_stem(name) for name in names]
    assert len(set(stems)) == len(names) - 1, "ß and ss are one name when capitals make no difference"


def test_a_name_in_use_is_replaced_only_on_request(toons, library):
    first, second = directions(toons)
    library.add("smile", first)
    with pytest.raises(DirectionsError, match="'SMILE'"):
        library.add("SMILE", second)
    assert torch.equal(library["smile"].vector, first.vector)
    library.add("SMILE", second, replace=True)
    assert torch.equal(library["smile"].vector, second.vector) and list(library) == ["SMILE"]


def test_a_region_of_a_preset_is_stored_as_text_and_fits_another_size(toons, library, tmp_path):
    given = directions(toons, region="toon-faces:mouth")[0]
    assert library.add("smile", given).stat().st_size < 4000
    assert torch.allclose(library["smile"].edit, given.edit) and torch.allclose(library["smile"].protect, given.protect)
    large = resefa.load("toon-faces")
    with pytest.warns(ResefaWarning, match="weights differ"):
        NamedDirections(large, tmp_path).add("smile", given)
    found = NamedDirections(large, tmp_path)["smile"]
    assert tuple(found.edit.shape) == (256, 256) == found.provenance.resolution
    assert float(found.edit.mean()) == pytest.approx(float(given.edit.mean()), rel=0.05)


def test_a_region_of_pixels_keeps_its_size(toons, library, tmp_path):
    given = directions(toons, region="box:40,18,14,28")[0]
    with pytest.warns(ResefaWarning, match="weights differ"):
        NamedDirections(resefa.load("toon-faces"), tmp_path).add("smile", given)
    assert tuple(NamedDirections(resefa.load("toon-faces"), tmp_path)["smile"].edit.shape) == (64, 64)


def test_a_region_without_a_text_keeps_its_weights(toons, library):
    mask = torch.zeros(64, 64)
    mask[40:50, 20:40] = 1
    given = directions(toons).with_region(resefa.Region.mask(mask.numpy()), (64, 64))[0]
    library.add("smile", given)
    assert torch.equal(library["smile"].edit, given.edit)


def test_the_message_names_the_model_that_has_the_name(toons, library, tmp_path, style):
    library.add("smile", directions(toons)[0])
    other = NamedDirections(style, tmp_path)
    assert "smile" not in other
    with pytest.raises(DirectionsError, match="toon-faces-64 has"):
        other["smile"]


def test_changed_weights_are_another_model(library, tmp_path):
    model = resefa.load("toon-faces-64")
    NamedDirections(model, tmp_path).add("smile", directions(model)[0])
    with torch.no_grad():
        next(model.network.parameters()).add_(0.01)
    with pytest.raises(DirectionsError, match="present weights"):
        NamedDirections(model, tmp_path)["smile"]


def test_a_damaged_or_moved_file_is_left_out_and_named(toons, library):
    library.add("smile", directions(toons)[0])
    (library.folder / "sad.safetensors").write_bytes(b"nothing")
    (library.folder / "laugh.safetensors").write_bytes((library.folder / "smile.safetensors").read_bytes())
    with pytest.warns(ResefaWarning) as said:
        assert [one.name for one in library.listed()] == ["smile"]
    assert sorted(str(one.message).split(" ")[0].rpartition("/")[2] for one in said) == [
        "laugh.safetensors",
        "sad.safetensors",
    ]
    for name in ("sad", "laugh"):
        with pytest.raises(DirectionsError, match=name):
            library[name]


def test_every_model_is_listed(toons, library, tmp_path):
    library.add("smile", directions(toons)[0])
    mine = [one for several in named_by_model(tmp_path).values() for one in several if not one.shipped]
    assert [(one.name, one.direction.provenance.model) for one in mine] == [("smile", "toon-faces-64")]


def test_a_folder_that_cannot_be_written_is_one_sentence(toons, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(resefa.ResefaError, match="RESEFA_HOME"):
        NamedDirections(toons, tmp_path / "file").add("smile", directions(toons)[0])


def test_a_direction_that_is_part_of_resefa_can_be_hidden_and_not_removed(toons, tmp_path):
    library = NamedDirections(toons, tmp_path)
    shipped = library["laugh"]
    assert "laugh" in list(library) and shipped.has_region and tuple(shipped.edit.shape) == (64, 64)
    assert (
        resefa.load("toon-faces").fingerprint
        == NamedDirections(resefa.load("toon-faces"), tmp_path)["laugh"].provenance.fingerprint
    )
    with pytest.raises(DirectionsError, match="part of resefa"):
        library.remove("laugh")
    given = directions(toons)[1]
    library.add("Laugh", given)
    assert torch.equal(library["laugh"].vector, given.vector)
    library.remove("laugh")
    assert torch.equal(library["laugh"].vector, shipped.vector)
