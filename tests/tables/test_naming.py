from __future__ import annotations

import pytest

from latentia.errors import InputError
from latentia.tables.naming import as_text, find, refuse_repeated, shown, unit_in


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("alcohol (% vol)", "% vol"),
        ("length [µm] ", "µm"),
        ("mass[g]", "g"),
        ("rate (1/s) of x", None),
        ("log(x)", None),
        ("mass_g", None),
        ("(g)", None),
        ("x ()", None),
        ("x ( )", None),
        ("dose (a) [mg]", "mg"),
        ("pH-Wert [-]", None),
        ("ratio (–)", None),
        ("ratio [1]", None),
        ("score (n/a)", None),
        ("score [None]", None),
        ("glucose (units: mg/dL)", "mg/dL"),
        ("Druck [Einheit: mbar]", "mbar"),
        ("x (unit: )", None),
        ("Drehzahl [1/min]", "1/min"),
        ("share [%]", "%"),
        ("price (€)", "€"),
        ("angle [°]", "°"),
        ("cells (10^9/L)", "10^9/L"),
    ],
)
def test_units(name, unit):
    assert unit_in(name) == unit


def test_names_become_text():
    assert as_text(["a", "b"]) == (["a", "b"], [])
    assert as_text([0, "b"]) == (["0", "b"], ["A column name was not text, such as 0, and became text."])
    assert as_text([0, 1])[1] == ["2 column names were not text, such as 0, and became text."]


def test_find_suggests():
    with pytest.raises(
        InputError, match=r"no column 'Qualty' to use.*'quality' \(the columns are 'ph', 'qua"
    ):
        find("Qualty", ["ph", "quality"], "use")
    with pytest.raises(InputError) as refusal:
        find("zzz", [f"gene {position}" for position in range(100)], "use")
    assert str(refusal.value).startswith("There is no column 'zzz' to use; pass a name that is there (the")
    assert str(refusal.value).endswith("'gene 11' and 88 more).")
    with pytest.raises(InputError, match=r"the nearest name is 'gene 77'\.$"):
        find("Gene77", [f"gene {position}" for position in range(100)], "use")
    assert find(4, ["a", "4"], "use") == 1


def test_repeated_names():
    refuse_repeated(["a", "b"])
    with pytest.raises(InputError, match=r"2 names stand above more than one column \('a', 'b'\)"):
        refuse_repeated(["a", "b", "a", "b", "c"])


def test_long_lists_are_cut():
    assert shown([1, 2, 3, 4], most=3) == "1, 2, 3 and 1 more"
