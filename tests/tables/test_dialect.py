from __future__ import annotations

import pytest

from latentia.tables.dialect import sniff
from latentia.tables.reading import Reading


@pytest.mark.parametrize(
    ("sample", "delimiter", "decimal", "names"),
    [
        ("a,b\n1,2\n3,4\n", ",", ".", "ab"),
        ("a;b\n1,5;2,5\n3;4\n", ";", ",", "ab"),
        ("a;b\n1.5;2\n3;4\n", ";", ".", "ab"),
        ("a\tb\n1,5\t2\n", "\t", ",", "ab"),
        ("a|b\n1|2\n", "|", ".", "ab"),
        ("a b\n1  2\n3 4\n", " ", ".", "ab"),
        ('"a";"b"\n"1,5";"2"\n', ";", ",", "ab"),
        ("a\n1,5\n2,5\n", ";", ",", "a"),
        ('a,b\n"1,5","2,25"\n3,"0,5"\n', ",", ",", "ab"),
        ('"1,5","2,25"\n3,"0,5"\n', ",", ",", ("column 1", "column 2")),
        ('a,b\n"1,234",2\n"5,678",3\n', ",", ".", "ab"),
        ('a,b\n"1,5",2.5\n"2,5",3.5\n', ",", ".", "ab"),
        ("a, b \n1, 2\n", ",", ".", "ab"),
        ("a,b\nx;y,1\nx;z,2\n", ",", ".", "ab"),
        ("a;b\nx,y;1\nx,z;2\n", ";", ".", "ab"),
        ("1.5,2\n3,4\n", ",", ".", ("column 1", "column 2")),
        ("1,5;2,5\n3;4\n", ";", ",", ("column 1", "column 2")),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", ",", ".", ("column 1", "column 2", "column 3")),
        ("0,1,2\n0.5,1.5,2.5\n", ",", ".", "012"),
        (",0,1\n0,1.5,2.5\n", ",", ".", ("", "0", "1")),
        ("a,b\nx,y\n", ",", ".", "ab"),
        ("year,1\n1.5,2\n", ",", ".", ("year", "1")),
        ("Na,NA\n1,2\n3,4\n", ",", ".", ("Na", "NA")),
        ("a,b\n", ",", ".", "ab"),
        ("1,2\n", ",", ".", ("column 1", "column 2")),
    ],
)
def test_ways_of_writing(sample, delimiter, decimal, names):
    dialect = sniff(sample)
    assert (dialect.delimiter, dialect.decimal, dialect.names) == (delimiter, decimal, tuple(names))


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [('a,b\n"1,5","2,25"\n', ","), ('a,b\n"1,234","2,250"\n', ","), ("1,5\n2,5\n", ";"), ("a\n1,5\n", ";")],
)
def test_a_decimal_comma_that_is_told_stands_in_quotation_marks_or_commas_separate_nothing(sample, delimiter):
    dialect = sniff(sample, reading=Reading(decimal=","))
    assert (dialect.delimiter, dialect.decimal, dialect.decimal_to_tell) == (delimiter, ",", ",")


def test_header_lines_count_blank_and_broken_lines():
    assert sniff('\n\n"long\nname",b\n1,2\n').header_lines == 4
    assert sniff("\n1,2\n3,4\n").header_lines == 0


def test_tsv_believes_in_tabs():
    sample = "x,1\ty,2\n1,2\t3,4\n"
    assert sniff(sample, tabs_first=True).delimiter == "\t"


def test_notes_tell_what_is_not_plain():
    assert sniff("a,b\n1,2\n").notes == ()
    assert sniff("a;b\n1,5;2\n").notes == (
        "Numbers are written with a decimal comma.",
        "Cells are separated by semicolons.",
    )
    assert sniff("1.5,2\n3,4\n").notes == (
        "The first line is a row of data and not a header; the columns are numbered.",
    )
