"""Dates are read in the form that people wrote, and an order that no cell tells is never guessed silently."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

import latentia
from latentia import Autoencoder, InputError, LatentiaWarning
from latentia.passing import encode_table, impute_table
from latentia.tables.cells import judge
from latentia.tables.date_forms import dates_in
from latentia.tables.scan import scan_table
from latentia.tables.sources import read_table
from latentia.tables.stores import text
from latentia.tables.survey import survey

RNG = np.random.default_rng(0)
DAYS = RNG.integers(18_000, 19_000, 120)
DATES = [dt.datetime(1970, 1, 1) + dt.timedelta(days=int(day)) for day in DAYS]  # noqa: DTZ001 - of no zone
EITHER = [date.replace(day=date.day % 12 + 1) for date in DATES]
FORMS = {
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "YYYY/MM/DD": "%Y/%m/%d",
    "DD-MM-YYYY": "%d-%m-%Y",
}
REMEDY = "whether day or month comes first; the type date, as --types NAME=date"


@pytest.fixture
def written(tmp_path):
    def write(dates, form, name="t.csv"):
        cells = ["" if date is None else date.strftime(form) for date in dates]
        rows = [f"{cell},{day + 0.5},{day % 7}" for cell, day in zip(cells, DAYS, strict=True)]
        path = tmp_path / name
        path.write_text("when,mass,hue\n" + "\n".join(rows))
        return path

    return write


def days_of(dates):
    return [(date - dt.datetime(1970, 1, 1)).total_seconds() / 86_400 for date in dates]  # noqa: DTZ001


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("time", ["", " HH:mm", "THH:mm:SS"])
def test_dates_of_every_form_are_read_and_told(written, form, time):
    dates = [date.replace(hour=at % 24, minute=at % 60) for at, date in enumerate(DATES)] if time else DATES
    clock = time.replace("HH", "%H").replace("mm", "%M").replace("SS", "%S")
    table = read_table(written(dates, FORMS[form] + clock))
    when = table.schema.columns[0]
    assert (when.kind, when.why) == ("date", f"dates stored as text, {form}{time}")
    np.testing.assert_allclose(table.values[:, 0], days_of(dates), atol=1e-9)
    assert f"Column 'when': dates stored as text, {form}{time}." in table.source.notes


@pytest.mark.parametrize("cells", [
    ["31.01.2020", "31.02.2020"],
    ["31.01.2020", "01/02/2020"],
    ["31.01/2020", "01.02/2020"],
    ["31.01.2020", "12.31.2020"],
    ["31.01.2020 24:10", "01.02.2020"],
    ["31.01.20", "01.02.20"],
    ["2020/13/01", "2020/01/01"],
])  # fmt: skip
def test_all_cells_have_to_be_dates_of_one_form(cells):
    assert dates_in(pa.chunked_array([cells])) is None
    assert judge(np.array(cells)).kind != "date"


def test_one_cell_of_another_form_is_the_reason_why_a_column_is_no_date(written):
    path = written(DATES, "%d.%m.%Y")
    path.write_text(path.read_text().replace(f"\n{DATES[0]:%d.%m.%Y}", "\n31.02.2020", 1))
    with pytest.raises(InputError, match=r"\(date, but its cells are not all dates of one form"):
        read_table(path, types={"when": "date"})


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"])
def test_an_order_that_no_cell_tells_is_not_guessed(written, form):
    path = written(EITHER, form)
    table = read_table(path)
    assert table.names == ("mass", "hue")
    (reason,) = [why for name, why in table.source.left_out if name == "when"]
    assert REMEDY in reason
    asked = read_table(path, types={"when": "date"})
    assert asked.names[0] == "when"
    assert any("the day taken first" in note for note in asked.source.notes)
    day_first = [date if form[1] == "d" else date.replace(day=date.month, month=date.day) for date in EITHER]
    np.testing.assert_array_equal(asked.values[:, 0], days_of(day_first))


def test_few_dates_of_either_order_are_categories_and_told(written):
    few = [date.replace(day=date.day % 4 + 1, month=3, year=2020) for date in DATES]
    table = read_table(written(few, "%d/%m/%Y"))
    assert table.schema.columns[0].kind == "category"
    assert any("taken for categories" in note and REMEDY in note for note in table.source.notes)


def test_days_that_are_their_months_need_no_order():
    cells = judge(np.array(["01.01.2020", "02.02.2020"]))
    assert cells.kind == "date"
    np.testing.assert_array_equal(cells.values, [18262, 18294])


@pytest.fixture
def model(written, tmp_path):
    fitted = Autoencoder(1, max_epochs=2, random_state=0).fit(read_table(written(DATES, "%m/%d/%Y")))
    fitted.save(tmp_path / "m.latentia")
    return latentia.load(tmp_path / "m.latentia")


def test_new_rows_are_read_in_the_form_of_the_model(model, written, tmp_path):
    encode_table(model, written(EITHER, "%m/%d/%Y"), tmp_path / "one.csv")
    encode_table(model, written(EITHER, "%Y-%m-%d"), tmp_path / "other.csv")
    assert (tmp_path / "one.csv").read_text() == (tmp_path / "other.csv").read_text()
    for form in ("DD.MM.YYYY", "DD/MM/YYYY"):
        differs = f"dates as {form}, where the model has learned dates as MM/DD/YYYY"
        with pytest.raises(InputError, match=differs):
            encode_table(model, written(DATES, FORMS[form]), tmp_path / "one.csv")


def test_a_model_of_dates_in_iso_form_takes_no_others_but_with_the_year_first(written, tmp_path):
    model = Autoencoder(1, max_epochs=2, random_state=0).fit(read_table(written(DATES, "%Y-%m-%d")))
    encode_table(model, written(DATES, "%Y/%m/%d"), tmp_path / "codes.csv")
    for dates in (DATES, EITHER):
        with pytest.raises(
            InputError, match="dates as DD/MM/YYYY, where the model has learned dates that are"
        ):
            encode_table(model, written(dates, "%d/%m/%Y"), tmp_path / "codes.csv")


def test_frames_with_dates_of_either_order_are_warned_of():
    table = pa.table({"when": [date.strftime("%d/%m/%Y") for date in EITHER], "mass": DAYS})
    with pytest.warns(LatentiaWarning, match="'when' is taken for categories, though the cells may be dates"):
        Autoencoder(1, max_epochs=2, random_state=0).fit(table)


@pytest.mark.parametrize(("form", "read"), [("%m/%d/%Y", "%m/%d/%Y"), ("%Y-%m-%d", "%Y-%m-%d")])
def test_gaps_are_filled_with_dates_of_the_form_that_the_column_has(model, written, tmp_path, form, read):
    holed = [None if at % 10 == 0 else date for at, date in enumerate(DATES)]
    impute_table(model, written(holed, form), tmp_path / "whole.csv")
    lines = (tmp_path / "whole.csv").read_text().splitlines()[1:]
    cells = [line.split(",")[0].strip('"') for line in lines]
    found = [dt.datetime.strptime(cell, read) for cell in cells]  # noqa: DTZ007
    assert [date for at, date in enumerate(found) if at % 10] == [date for date in holed if date]


def test_gaps_in_arrays_of_objects_are_filled_with_text_of_the_form():
    cells = [[date.strftime("%d.%m.%Y"), float(day)] for date, day in zip(DATES, DAYS, strict=True)]
    array = np.array(cells, object)
    array[3, 0] = None
    model = Autoencoder(1, max_epochs=2, random_state=0)
    with pytest.warns(LatentiaWarning, match=r"dates stored as text, DD\.MM\.YYYY"):
        whole = model.fit(array).impute(array)
    assert dt.datetime.strptime(whole[3, 0], "%d.%m.%Y")  # noqa: DTZ007
    assert whole[4, 0] == cells[4][0]


def test_rows_of_a_model_have_dates(written):
    model = Autoencoder(1, max_epochs=2, random_state=0).fit(read_table(written(DATES, "%d.%m.%Y")))
    assert pa.types.is_date32(model.inverse_transform([[0.0]]).schema.field("when").type)
    model = Autoencoder(1, max_epochs=2, random_state=0).fit(read_table(written(DATES, "%d.%m.%Y %H:%M")))
    assert pa.types.is_timestamp(model.inverse_transform([[0.0]]).schema.field("when").type)


def test_blocks_are_read_in_the_form_of_the_first(written, monkeypatch):
    monkeypatch.setattr(text, "CHARACTERS_AT_ONCE", 500)
    clear, either = DATES[:60], EITHER[60:]
    path = written([*clear, *either], "%m/%d/%Y")
    found = survey(scan_table(path), fraction=0.2, seed=0)
    whole = read_table(path)
    assert found.schema.columns[0] == whole.schema.columns[0]
    assert found.moments.mean[0] == pytest.approx(whole.values[:, 0].mean(), abs=100)
    with pytest.raises(InputError, match="'when' holds text at first, and dates from row"):
        survey(scan_table(written([*either, *clear], "%m/%d/%Y")), fraction=0.2, seed=0)
    day_first = scan_table(written([*either, *clear], "%m/%d/%Y"), types={"when": "date"})
    with pytest.raises(InputError, match="'when'"):
        survey(day_first, fraction=0.2, seed=0)
