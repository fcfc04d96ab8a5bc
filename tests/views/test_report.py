import base64
import dataclasses
import hashlib
import json
import math
import re
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest

from latentia.insight.dimension import intrinsic_dimension
from latentia.insight.findings import Finding, Severity
from latentia.views.figures.album import Album
from latentia.views.figures.baselines import plot_baselines
from latentia.views.report import write_report
from latentia.views.report.pictures import inline_svg
from latentia.views.report.points import MOST_NUMBERS, MOST_ROWS, points
from latentia.views.report.reading import reading_of
from latentia.views.report.render import render, report_html, script_data
from latentia.views.report.summary import plain, summarise
from latentia.views.report.text import WIDTH, summary_text
from latentia.views.writing import amount
from undrawn import undrawn
from views.example_study import OUT_OF_REACH, random_study, resampled_study, wine_study
from views.test_figures import ODD

EVIL = '</script><script>alert("x")</script><img src=x onerror=alert(1)>{{7*7}}'


class Page(HTMLParser):
    """Tags, their attributes, the scripts, and everything outside of them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.scripts, self.words, self.inside = [], [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside = tag

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts.append(data)
        elif self.inside != "style":
            self.words.append(data)

    def handle_endtag(self, tag):
        self.inside = None

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def page():
    return Page(report_html(wine_study()))


@pytest.fixture(scope="module")
def evil_html():
    study = random_study(n_columns=6, n_components=3, n_classes=2)
    return report_html(
        dataclasses.replace(
            study,
            title=EVIL,
            verdict=EVIL,
            column_names=(EVIL, *study.column_names[1:]),
            units=(EVIL, *study.units[1:]),
            label_name=EVIL,
            labels=np.array([EVIL + label for label in study.labels], dtype=object),
            latent_names=(EVIL, "factor 2", "factor 3"),
            findings=(Finding(code=EVIL, severity=Severity.SERIOUS, sentence=EVIL, evidence={EVIL: EVIL}),),
            command=EVIL,
            source={EVIL: EVIL},
            recipe={EVIL: EVIL},
            versions={EVIL: EVIL},
        )
    )


@pytest.mark.parametrize("kind", ["1 component", "one seed", "unknown numbers", "nothing beside it"])
def test_the_report_of_an_odd_study_is_whole_and_small(kind):
    html = report_html(ODD[kind]())
    assert html.rstrip().endswith("</html>")
    assert len(html.encode()) < 7e6


def test_nothing_is_fetched_from_anywhere(page):
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "data", "action", "poster", "srcset"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:image/png;base64,")), (tag, target)
    assert not page.all("link")
    assert not page.all("iframe")
    style = files("latentia.views.report") / "templates" / "style.css"
    assert not re.search(r"@import|url\(|https?:", style.read_text(encoding="utf-8"))


def test_our_own_script_knows_no_address_but_the_name_of_svg():
    code = (files("latentia.views.report") / "templates" / "report.js").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"']+", code)) == {"http://www.w3.org/2000/svg"}
    for word in ("fetch(", "XMLHttpRequest", "sendBeacon", "WebSocket", "innerHTML", "eval("):
        assert word not in code


def test_plotlys_upload_button_is_off():
    code = (files("latentia.views.report") / "templates" / "report.js").read_text(encoding="utf-8")
    assert "showSendToCloud: false" in code
    assert 'plotlyServerURL: ""' in code


def test_only_the_two_hashed_scripts_may_run_and_no_connection_is_allowed(page):
    policy = next(attrs["content"] for attrs in page.all("meta") if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy
    assert "connect-src" not in policy
    data, plotly, app = page.scripts
    for code in (plotly, app):
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "Plotly" in plotly
    assert json.loads(data)["rows"] == list(range(178))


def test_names_with_markup_are_escaped_everywhere(evil_html):
    page = Page(evil_html)
    assert len(page.all("script")) == 3
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert "<script>alert" not in evil_html
    assert "{{7*7}}" in "".join(page.words)  # shown as it is, never read as a template
    assert json.loads(page.scripts[0])["columns"][0]["name"] == EVIL


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "\u2028", "&lt;", "'\"\\"])
def test_data_of_a_script_hold_any_text(text):
    written = script_data({"name": text})
    assert not re.search(r"[<>&\u2028]", written)
    assert json.loads(written) == {"name": text}


def test_identifiers_are_unique_and_every_picture_has_words(page):
    identifiers = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    assert all(attributes["alt"] for attributes in page.all("img"))
    pictures = [attributes for attributes in page.all("svg") if attributes.get("role") == "img"]
    assert len(pictures) >= 8
    assert all(attributes["aria-label"] for attributes in pictures)


def test_headings_step_down_one_at_a_time_and_links_lead_somewhere(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    identifiers = {attributes.get("id") for _, attributes in page.tags}
    assert all(attributes["href"][1:] in identifiers for attributes in page.all("a"))


def test_the_page_says_what_was_found(page):
    study = wine_study()
    words = " ".join(" ".join(page.words).split())
    for text in (
        study.verdict,
        study.command,
        study.ending_advice,
        study.source["sha256"],
        study.description,
    ):
        assert text in words
    for finding in study.findings:
        assert finding.sentence in words
        assert finding.suggestion in words
    for name in study.column_names:
        assert name in words


def test_the_page_has_every_part_of_the_tutorial(page):
    identifiers = {attributes.get("id") for _, attributes in page.tags}
    assert {"plot-solid", "plot-xy", "plot-xz", "plot-yz", "plot-loss", "space", "colour"} <= identifiers
    assert {"verdict", "findings", "map", "meaning", "clusters", "training", "size", "recipes"} <= identifiers
    words = " ".join(" ".join(page.words).split())
    for caption in (
        "Columns by the sign of their weight",
        "Clusterings of the network’s factors, of PCA’s components and of the scaled columns",
        "Rows of each class (class) in each cluster",
        "Recipes tried on the same split",
        "Strange rows and why",
        "Held-out R² per column, and what it loses without each factor",
    ):
        assert caption in words
    labels = [attributes["alt"] for attributes in page.all("img")]
    for method in ("KMeans", "DBSCAN"):
        assert any(f"clusters of {method};" in words for words in labels)
    assert sum("first two components of PCA" in words for words in labels) == 1


def test_the_verdict_heads_the_page_and_words_are_explained(page):
    study = wine_study()
    words = " ".join(" ".join(page.words).split())
    assert words.index(study.verdict) < words.index("Findings", words.index(study.title + " 178 rows"))
    for term in ("Factor, hidden variable", "Held-out rows", "Seed", "Scaled units, sd"):
        assert term in words


def test_a_factor_that_other_seeds_lack_is_not_to_be_interpreted():
    study = wine_study()
    shaky = dataclasses.replace(study.stability, per_factor=np.array([0.9, 0.79, 0.9]))
    summary = summarise(dataclasses.replace(study, stability=shaky))
    page = Page(render(summary, pictures={}, rows=points(study)))
    assert " ".join(page.words).count("do not interpret") == 1


def test_effects_are_read_with_intervals_and_only_where_these_leave_out_nothing_at_all():
    study = resampled_study()
    told = summarise(study)
    factor = told["factors"][0]
    effect = factor["effects"][0]
    low, high = effect["change"] - effect["margin"], effect["change"] + effect["margin"]
    assert f"[{amount(low)}, {amount(high)}]" in factor["reading"]
    assert told["factors"][-1]["reading"] == (
        "No column surely changes by more than 0.5 standard deviations with factor 3."
    )
    text = summary_text(study)
    assert "no column surely by half a standard deviation" in text
    assert "too low to interpret" in text


@undrawn()
def test_the_page_tells_what_was_learned_anew():
    page = report_html(resampled_study())
    assert "95 % interval" in page
    assert "Does not come back (reproducibility 0.4" in page
    assert page.index("factor 1</strong>") < page.index("factor 3</strong>")
    assert "5 random splits of all rows (142 to learn from, 36 held out)" in page
    assert "20 networks of bootstrap resamples" in page


def test_a_factor_is_read_in_units_and_directions():
    study = wine_study()
    change = np.zeros((3, 13))
    change[0, [0, 4, 12]] = 2.0, 1.1, -1.5
    change[1, 0] = 0.4
    effects = dataclasses.replace(study.effects, change=10 * change, change_scaled=change)
    study = dataclasses.replace(study, effects=effects)
    assert reading_of(study, 0) == (
        "Rows high on factor 1 have higher alcohol (+20.0 % vol) and magnesium (+11.0 mg/l); "
        "lower proline (−15.0)."
    )
    assert reading_of(study, 1) == "No column changes by more than 0.5 standard deviations with factor 2."


def test_pictures_of_an_album_are_not_drawn_again():
    album = Album(wine_study())
    figures = {name: album[name] for name in album}
    before = {name: album.png(name) for name in album}
    report_html(wine_study(), album=album)
    assert all(album[name] is figures[name] for name in album)
    assert {name: album.png(name) for name in album} == before


def test_the_report_is_the_same_bytes_twice(tmp_path):
    study = ODD["nothing beside it"]()
    write_report(study, tmp_path / "one.html")
    write_report(study, tmp_path / "two.html")
    one = (tmp_path / "one.html").read_bytes()
    assert one == (tmp_path / "two.html").read_bytes()
    assert one.decode() == report_html(study)


@pytest.mark.parametrize("kind", ODD)
def test_the_summary_is_json_without_nan(kind):
    study = ODD[kind]()
    summary = summarise(study)
    again = json.loads(json.dumps(summary, allow_nan=False))
    assert again == summary
    assert len(summary["factors"]) == len(study.latent_names)
    assert len(summary["columns"]) == len(study.column_names)


def test_the_summary_keeps_the_numbers_of_the_study():
    study = wine_study()
    summary = summarise(study)
    assert summary["quality"]["held_out"]["r2"] == study.held_out.r2
    assert summary["quality"]["baselines"][0]["held_out"]["r2"] == study.baselines[0].held_out.r2
    assert [one["name"] for one in summary["table"]["classes"]] == ["class_0", "class_1", "class_2"]
    assert sum(one["rows"] for one in summary["table"]["classes"]) == 178
    effects = summary["factors"][0]["effects"]
    sizes = [abs(effect["change_scaled"]) for effect in effects]
    assert sizes == sorted(sizes, reverse=True)
    position = study.column_names.index(effects[0]["column"])
    assert effects[0]["change"] == study.effects.change[0, position]
    assert summary["findings"][0]["severity"] == "warning"
    assert summary["findings"][0]["evidence"]["missing"] is None


@undrawn()
def test_a_compared_recipe_is_shown_with_what_is_wrong_with_it():
    page = report_html(wine_study())
    recipes = page[page.index('id="recipes"') :]
    assert "What is wrong with “shallow, sigmoid output”" in recipes
    assert OUT_OF_REACH.sentence in recipes
    assert recipes.count("What is wrong with") == 1
    told = summarise(wine_study())["candidates"]
    assert [[one["code"] for one in each["findings"]] for each in told] == [[], ["output_range"], []]


@undrawn()
def test_the_learning_rate_is_shown_with_the_suggestion():
    page, rates = report_html(wine_study()), wine_study().rates
    training = page[page.index('id="training"') : page.index('id="size"')]
    assert rates.reason in training
    setting = {"name": "cosine", "rate": rates.suggestion}
    assert f"<code>learning_rate={json.dumps(setting)}</code>" in training
    assert summarise(wine_study())["learning_rate"]["setting"] == setting
    assert "Loss of several networks over a growing learning rate" in training  # the picture's words
    assert "<h3>Learning rate</h3>" not in report_html(random_study(sizes=False))


@undrawn()
def test_the_intrinsic_dimension_is_told_where_there_is_one():
    rows = np.random.default_rng(0).normal(size=(100, 3))
    found = intrinsic_dimension(rows, seed=0)
    study = dataclasses.replace(wine_study(), dimension=found)
    page = report_html(study)
    section = page[page.index('id="size"') :]
    assert f"Intrinsic dimension, told from the scaled rows without a network: {found.sentence}" in section
    assert summarise(study)["intrinsic_dimension"]["estimate"] == found.estimate
    none = dataclasses.replace(study, dimension=intrinsic_dimension(rows[:5], seed=0))
    assert "no estimate: of 5 training rows" in report_html(none)
    assert summarise(none)["intrinsic_dimension"]["low"] is None
    assert "Intrinsic dimension" not in report_html(wine_study())
    assert summarise(wine_study())["intrinsic_dimension"] is None


def test_plain_values_have_no_numpy_and_no_nan():
    odd = {"a": np.int64(3), "b": np.bool_(1), "c": [math.inf, np.float32(0.5)], "d": Severity.GOOD, 5: {1}}
    assert plain(odd) == {"a": 3, "b": True, "c": [None, 0.5], "d": "good", "5": [1]}


@undrawn()
def test_scalings_of_single_columns_are_told_in_words():
    study, scaling = wine_study(), {"*": "robust", "proline": "log1p-standard", "hue": None, "ash": None}
    page = report_html(dataclasses.replace(study, recipe={**study.recipe, "scaling": scaling}))
    assert page.count("scaled (robust, but log1p-standard for proline; none for hue and ash)") == 1
    assert page.count("scaling (robust, but log1p-standard for proline; none for hue and ash)") == 1


def test_the_methods_paragraph_tells_which_columns_count_more():
    study = wine_study()
    assert "In the loss" not in summarise(study)["methods"]
    weighed = dataclasses.replace(
        study, recipe={**study.recipe, "column_weights": {"*": 1.0, "ash": 2.0, "hue": 0.0}}
    )
    assert "In the loss, columns counted 1, but ash 2 and hue 0." in summarise(weighed)["methods"]


def test_the_methods_paragraph_tells_rows_seeds_and_scores():
    methods = summarise(wine_study())["methods"]
    for text in (
        "178 rows",
        "35 rows (20 %)",
        "8 random starts",
        "PCA (0.64)",
        "adjusted Rand index",
        "random_state 0",
    ):
        assert text in methods


def test_large_tables_are_thinned_by_class_and_by_column():
    study = random_study(n_rows=4500, n_columns=60, n_components=2, n_classes=3)
    sent = points(study)
    assert abs(len(sent["rows"]) - MOST_ROWS) <= 3
    assert len(sent["columns"]) * len(sent["rows"]) <= MOST_NUMBERS
    assert set(sent["groupings"][0]["codes"]) == {0, 1, 2}
    row = sent["rows"][17]
    assert sent["spaces"][0]["codes"][1][17] == pytest.approx(study.latents[row, 1], rel=1e-4)
    html = render(summarise(study), pictures={}, rows=sent)
    assert f"{len(sent['rows']):,} of {len(study.values):,} rows" in html


def test_points_carry_clusters_noise_and_split():
    study = wine_study()
    sent = points(study)
    by_name = {grouping["name"]: grouping for grouping in sent["groupings"]}
    noise = by_name["DBSCAN on the factors"]
    assert noise["groups"][noise["noise"]] == "noise"
    found = study.clusterings[1].labels
    assert [code == noise["noise"] for code in noise["codes"]] == (found < 0).tolist()
    held_out = [
        row for row, code in zip(sent["rows"], by_name["held-out rows"]["codes"], strict=True) if code
    ]
    assert held_out == study.held_out_rows.tolist()


def test_svg_follows_the_theme_and_hides_nothing_outside():
    svg = inline_svg(plot_baselines(wine_study()), "bars", 'R² "0.64" <b>')
    assert svg.startswith("<svg")
    assert "var(--ink)" in svg
    assert 'aria-label="R² &#34;0.64&#34; &lt;b&gt;"' in svg
    assert all(name.startswith("bars-") for name in re.findall(r'\bid="([^"]+)"', svg))


def test_the_terminal_summary_is_narrow_and_has_the_verdict():
    for kind in ("one seed", "200 columns", "nothing beside it", "unknown numbers"):
        text = summary_text(ODD[kind]())
        assert "factors explain" in " ".join(text.split())
        assert "nan" not in text
    study = wine_study()
    text = summary_text(study)
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert "warning: The network does not beat PCA" in text
    assert "→ Use PCA, or give the network more rows." in text
    lines = text.splitlines()
    kmeans = next(line for line in lines if line.startswith("KMeans"))
    assert kmeans.split()[1:] == [
        part
        for one in study.clusterings
        if one.method == "KMeans"
        for part in ("3", "0", "%", f"{one.agreement.ari:.2f}")
    ]


def test_the_terminal_summary_cuts_what_is_long_and_tells_how_many_factors_follow():
    long = Finding(code="x", severity=Severity.NOTE, sentence="many words " * 60)
    text = summary_text(dataclasses.replace(random_study(n_columns=12, n_components=10), findings=(long,)))
    assert sum("many words" in line for line in text.splitlines()) == 3
    assert "4 more factors: see the report" in text


@pytest.mark.parametrize("name", ["report.html", "style.css", "report.js"])
def test_templates_travel_with_the_package(name):
    assert (files("latentia.views.report") / "templates" / name).read_text(encoding="utf-8")


def test_the_page_knows_the_loss_and_has_colours_for_a_dark_page():
    study = wine_study()
    sent = points(dataclasses.replace(study, recipe={**study.recipe, "loss": "mae"}))
    assert sent["loss_axis"] == "mean absolute error, scaled units"
    assert len(sent["look"]["on_dark"]) == len(sent["look"]["colours"])
