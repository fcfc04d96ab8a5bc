"""The 57 kinds of bad input that are known, by number: what each is, and the tests that say what it comes to.

A place is a file of tests, a test in it and, where the test has many cases, the one that is meant.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLES, CLI, MODELS = "tables/test_bad_tables.py", "cli/test_bad_input.py", "modelfiles/"
DAYS = "test_bad_days.py"
REFUSED, TAKEN, WARNED = (
    "test_both_doors_refuse_in_the_same_words",
    "test_what_is_odd_is_taken_and_told",
    "test_what_is_stored_otherwise_is_taken_for_what_it_says",
)
TWICE = "test_the_estimator_refuses_in_the_words_that_scikit_learn_wants"
BAD_TEXT, ODD_TEXT = "test_bad_text_is_refused_by_its_line_or_cell", "test_odd_text_is_read_and_told"
ALIGNED = "test_missing_reordered_and_further_columns_are_refused_by_the_estimator"


def of(test, *cases, file=TABLES):
    """Return the places of cases of a test, or of the test alone."""
    return [(file, test, case) for case in cases or (None,)]


BAD = {
    1: ("a missing cell", of(TAKEN, "a missing cell")),
    2: ("an infinite cell", of(REFUSED, "an infinite cell")),
    3: (
        "beyond float32",
        of(TAKEN, "a number beyond single precision")
        + of("test_numbers_beyond_single_precision_are_scaled_before_they_are_shortened")
        + of("test_a_new_row_that_is_far_too_large_for_the_model_is_refused"),
    ),
    4: ("a spread that overflows", of(REFUSED, "a cell whose square overflows")),
    5: ("a subnormal spread", of(TAKEN, "a spread that is subnormal")),
    6: (
        "integers that lose digits",
        of(TAKEN, "integers beyond single precision") + of(REFUSED, "integers that lose digits"),
    ),
    7: ("a constant column", of(TAKEN, "a constant column")),
    8: ("a column without a value", of(TAKEN, "a column without a value")),
    9: ("a small spread on a large offset", of(TAKEN, "a small spread on a large offset")),
    10: (
        "a name twice",
        of(REFUSED, "a name above two columns")
        + of("test_a_table_that_cannot_be_used_is_refused", "twice.csv", file=CLI),
    ),
    11: (
        "names that are text and numbers",
        of("test_names_that_are_text_and_numbers_are_text_to_a_table_and_refused_by_the_estimator"),
    ),
    12: ("names that are integers", of(TAKEN, "names that are integers")),
    13: ("names of several levels", of(TAKEN, "names of several levels")),
    14: ("text", of(TAKEN, "text")),
    15: ("numbers in text", of(WARNED, "numbers in text")),
    16: ("truth values", of(TAKEN, "truth values")),
    17: ("nothing but dates", of(TAKEN, "nothing but dates")),
    18: ("dates among numbers", of(TAKEN, "dates among numbers")),
    19: ("durations", of(TAKEN, "durations")),
    20: ("decimals", of(WARNED, "decimals")),
    21: ("integers with a gap", of(TAKEN, "integers with a gap")),
    22: ("categories that are numbers", of(TAKEN, "categories that are numbers")),
    23: ("categories that are text", of(TAKEN, "text")),
    24: (
        "categories in another order",
        of("test_the_categories_of_new_rows_may_stand_in_another_order"),
    ),
    25: (
        "a category never seen",
        of("test_a_category_that_was_never_seen_counts_as_missing_with_a_warning"),
    ),
    26: ("complex numbers", of(TWICE, "complex numbers")),
    27: ("sparse cells", of(TAKEN, "sparse cells", "sparse columns of a frame")),
    28: (
        "no row, one row, one column",
        of(TWICE, "no rows", "one row")
        + of(TAKEN, "one column")
        + of("test_a_table_of_one_column_is_analysed_to_the_end"),
    ),
    29: ("no column", of(TWICE, "no columns")),
    30: (
        "one dimension, three, or ragged",
        of(TWICE, "a list of numbers", "three dimensions") + of(REFUSED, "lists of different lengths"),
    ),
    31: ("a lazy frame", of(REFUSED, "a frame that is not computed yet")),
    32: ("a column missing in new rows", of(ALIGNED, "yet now missing")),
    33: ("columns in another order", of(ALIGNED, "must be in the same order")),
    34: ("a column too many in new rows", of(ALIGNED, "unseen at fit time")),
    35: (
        "an array after a frame",
        of("test_an_array_after_a_frame_is_taken_in_the_order_of_the_fit_with_a_warning"),
    ),
    36: ("too many components", of("test_more_components_than_columns_or_rows_are_refused")),
    37: (
        "a batch of too many rows, or a part of one",
        of("test_a_batch_of_more_rows_than_there_are_is_all_of_them")
        + of("test_the_last_batch_may_be_a_part"),
    ),
    38: ("empty text", of(BAD_TEXT, "nothing at all", "a header and nothing else")),
    39: (
        "marks and encodings",
        of(ODD_TEXT, "a mark of byte order", "two bytes a letter", "letters of western Europe"),
    ),
    40: ("semicolons and decimal commas", of(ODD_TEXT, "semicolons and decimal commas")),
    41: ("ragged rows and NUL", of(BAD_TEXT, "a row of another length", "a NUL byte")),
    42: ("words for missing cells", of(ODD_TEXT, "words for missing cells")),
    43: ("integers beyond 64 bits", of(BAD_TEXT, "an integer beyond 64 bits")),
    44: ("a late change of type", of(BAD_TEXT, "a word after a megabyte of numbers")),
    45: (
        "Parquet that is cut, empty, flipped or drifts; no file",
        of("test_a_damaged_parquet_file_is_refused", "cut", "half", "empty", "flipped")
        + of("test_drift_between_files", file="tables/stores/test_opening.py")
        + of("test_a_table_that_cannot_be_used_is_refused", "missing.csv", file=CLI),
    ),
    46: (
        "a model file that is cut, forged, newer or of another kind",
        of("test_a_file_cut_anywhere_is_refused", file=MODELS + "test_container.py")
        + of("test_a_newer_version_asks_for_an_update", file=MODELS + "test_container.py")
        + of("test_a_file_that_contradicts_itself_is_refused", "classifier", file=MODELS + "test_manifest.py")
        + of("test_a_mutated_model_file_is_refused_or_the_same_model", file="test_mutations.py"),
    ),
    47: (
        "an archive with a way out, a link, a bomb",
        of("test_a_bomb_is_refused_before_it_is_unpacked", file="tables/test_archives.py")
        + of("test_names_of_members_lead_nowhere", file="tables/test_archives.py"),
    ),
    48: (
        "a full disk",
        of("test_a_full_disk_leaves_the_old_file_whole", file=MODELS + "test_durable.py")
        + of("test_a_full_disk_leaves_the_old_model_whole_and_says_so", file=DAYS),
    ),
    49: (
        "a read-only folder",
        of("test_a_folder_without_permission_is_one_sentence", file=MODELS + "test_durable.py")
        + of("test_a_read_only_folder_is_refused_before_any_work", file=DAYS),
    ),
    50: ("Ctrl-C", of("test_ctrl_c_keeps_the_best_network_and_the_way_on", file="cli/test_resume.py")),
    51: (
        "SIGTERM and SIGKILL",
        of(
            "test_killed_at_25_random_moments_the_file_is_the_same", file="cli/test_resume.py"
        )
        + of(
            "test_killed_at_25_random_moments_while_saving_a_file_is_the_old_or_the_new_one", file=DAYS
        ),
    ),
    52: (
        "a loss that is no number",
        of("test_a_diverged_fit_warns_and_keeps_finite_weights", file="test_autoencoder.py")
        + of("test_divergence_after_good_epochs_brings_the_best_of_them_back", file="test_autoencoder.py"),
    ),
    53: (
        "two runs into one folder",
        of("test_the_second_of_two_runs_into_one_folder_is_refused_before_any_work", file=DAYS),
    ),
    54: (
        "too little memory",
        of("test_a_table_that_leaves_no_room_to_train_is_refused_with_the_advice_to_stream", file=DAYS)
        + of("test_networks_that_leave_no_room_are_refused_before_they_are_made", file=DAYS),
    ),
    55: (
        "a GPU that is absent or too small",
        of("test_a_device_that_is_asked_for_and_absent_is_named", file=DAYS)
        + of("test_a_device_with_too_little_memory_says_what_to_change", file=DAYS),
    ),
    56: (
        "another process after JAX has begun",
        of("test_a_fresh_process_after_jax_has_begun_gives_the_same_codes", file=DAYS),
    ),
    57: (
        "a file that changes while it is read",
        of(
            "test_a_file_that_changes_while_it_is_read_is_refused",
            "longer", "same size", "replaced", "gone", "damaged",
        ),
    ),
}  # fmt: skip


def test_every_number_is_there():
    assert list(BAD) == list(range(1, 58))


@pytest.mark.parametrize("number", BAD)
def test_what_it_comes_to_is_tested(number):
    """A test that is renamed or a case that is dropped is missed here."""
    _, places = BAD[number]
    assert places
    for file, test, case in places:
        source = (HERE / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {test}\(", source, re.MULTILINE), f"{file} has no {test}"
        assert case is None or case in source, f"{file} has no case {case!r}"
