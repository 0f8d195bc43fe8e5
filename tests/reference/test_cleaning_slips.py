"""Misspelt names find their municipality; invented ones, however near, never do."""

from __future__ import annotations

import random
from collections.abc import Callable

import pandas as pd
import pytest

from redegov_analysis.cleaning.gazetteer import gazetteer
from redegov_analysis.cleaning.municipalities import match_names
from redegov_analysis.cleaning.spelling import folded, words
from redegov_analysis.cleaning.states import STATES
from redegov_analysis.data.catalogue import read_table

PER_STATE = 40
SAMPLE = 400
KEYS = dict(zip("aeiorstnlcm", "sruptryabxn", strict=True))
OPENINGS = ("Nova", "Novo", "São", "Santa", "Vila", "Porto", "Barra do", "Monte", "Serra", "Alto")
ENDINGS = ("do Norte", "do Sul", "Grande", "Novo", "da Serra", "Velho", "Alegre", "de Cima", "Mirim", "Paulista")

RECOMBINED = ("head and tail", "opening and tail", "name and ending", "last word replaced")

Slip = Callable[[str, int], str]
SLIPS: dict[str, Slip] = {
    "a letter lost": lambda name, at: name[:at] + name[at + 1 :],
    "a letter doubled": lambda name, at: name[:at] + name[at] + name[at:],
    "two letters swapped": lambda name, at: name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    "the key beside": lambda name, at: name[:at] + KEYS.get(name[at].lower(), name[at]) + name[at + 1 :],
}


@pytest.mark.parametrize("kind", RECOMBINED)
def test_names_made_of_parts_of_real_ones_are_never_given_a_code(kind: str) -> None:
    rng = random.Random(f"invented: {kind}")
    known = gazetteer()
    places = read_table("municipalities")
    own = dict(iter(places.groupby("uf")["name"]))
    names, states = [], []
    for uf in STATES:
        its_name = words(folded(STATES[uf][1]))
        # Another way to write a place of the state is no invention: connectives, its state's name, its sound.
        real = {known.sound_of(name) for name in own[uf]} | set(known.loose[uf]) | set(known.sounds[uf])
        for _ in range(PER_STATE):
            one, other = rng.choice(own[uf].tolist()).split(), rng.choice(places["name"].tolist()).split()
            name = " ".join(
                {
                    "head and tail": one[: rng.randint(1, len(one))] + other[-1:],
                    "opening and tail": [rng.choice(OPENINGS), other[-1]],
                    "name and ending": [*one, rng.choice(ENDINGS)],
                    "last word replaced": [*one[:-1], other[-1]],
                }[kind]
            )
            bare = [word for word in known.loose_words(folded(name)) if word not in its_name]
            if known.sound_of(name) in real or known.sound_of(" ".join(bare)) in real:
                continue
            names.append(name)
            states.append(uf)
    found = match_names(names, states)
    assert len(names) > 500
    assert pd.Series(names)[found["ibge_code"].notna()].tolist() == []


@pytest.mark.parametrize(
    "name", ["Vila Nova", "D'Oeste", "Itapiransa", "Cajueira", "Caraeira", "Mardim", "Virgolândba"]
)
def test_a_name_near_a_real_one_is_suggested_at_most(name: str) -> None:
    every_state = match_names([name] * len(STATES), list(STATES))
    assert every_state["ibge_code"].isna().all()


@pytest.mark.parametrize("kind", SLIPS)
def test_a_slip_of_the_pen_finds_the_place_or_suggests_it_and_never_another(kind: str) -> None:
    rng = random.Random(f"slip: {kind}")
    places = read_table("municipalities")
    places = places[places["name"].str.len() >= 6].sample(SAMPLE, random_state=rng.randrange(2**31))
    written = [SLIPS[kind](name, rng.randrange(1, len(name) - 2)) for name in places["name"]]
    found = match_names(written, places["uf"]).reset_index(drop=True)
    meant = places["ibge_code"].reset_index(drop=True)
    wrong = found["ibge_code"].notna() & (found["ibge_code"] != meant)
    assert pd.Series(written)[wrong].tolist() == []
    assert ((found["ibge_code"] == meant) | (found["suggestion"] == meant)).mean() >= 0.97


@pytest.mark.parametrize(
    "name", ["Santa Teresinha", "Santa Terezinha", "Lages", "São Luís", "Santarém", "Santa Teresa"]
)
def test_a_name_that_other_states_spell_otherwise_is_ambiguous_without_a_state(name: str) -> None:
    found = match_names([name])
    assert found["status"].tolist() == ["ambiguous"]
    assert found["ibge_code"].isna().all()


def test_only_a_handful_of_official_names_are_doubtful_for_their_sound_and_none_with_its_state() -> None:
    places = read_table("municipalities")
    once = places[~places["name"].map(folded).duplicated(keep=False)]
    doubtful = match_names(once["name"])["status"] == "ambiguous"
    assert 5 <= doubtful.sum() <= 20
    with_state = match_names(places["name"], places["uf"])
    assert (with_state["ibge_code"] == places["ibge_code"]).all()
