"""listing: plain values as lines."""

from __future__ import annotations

from latentia.views.listing import listing


def test_every_kind_of_value_has_its_phrase():
    values = {
        "held_out_loss": 0.28501412,
        "tied": False,
        "warm": True,
        "names": [],
        "scores": [0.5, None],
        "penalty": None,
        "text": "as it is",
        "recipe": {"optimizer": {"name": "adamw"}},
    }
    assert listing(values) == [
        "held out loss: 0.285014",
        "tied: no",
        "warm: yes",
        "names: none",
        "scores: 0.5, none",
        "penalty: none",
        "text: as it is",
        "recipe:",
        "  optimizer:",
        "    name: adamw",
    ]
