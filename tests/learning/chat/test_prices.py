"""Prices are the user's: the table is read strictly, and what is kept may cost less."""

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.learning.chat.prices import load_tariff
from kokorochat.llm.chat import Tokens

TABLE = """
currency = "EUR"
[models."one/two"]
in = 2
cached = 0.5
out = 10
[models.plain]
in = 2.5
out = 0
"""


def tariff(tmp_path, model, table=TABLE):
    path = tmp_path / "prices.toml"
    path.write_text(table, encoding="utf-8")
    return load_tariff(path, model)


def test_tokens_cost_what_the_table_says(tmp_path):
    found = tariff(tmp_path, "openai:one/two")
    assert found.currency == "EUR"
    assert found.price.cost(Tokens(1_000_000, 0)) == 2
    assert found.price.cost(Tokens(0, 1_000_000)) == 10
    assert found.price.cost(Tokens(1_000_000, 0, cached=400_000)) == pytest.approx(0.6 * 2 + 0.4 * 0.5)


def test_without_a_price_of_its_own_what_is_kept_costs_the_same(tmp_path):
    assert tariff(tmp_path, "openai:plain").price.cost(Tokens(1_000_000, 7, cached=9)) == 2.5


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "currency"),
        ('currency = "euro"\n[models]', "currency"),
        ('currency = "EUR"\n[models.plain]\nin = 1', "out"),
        ('currency = "EUR"\n[models.plain]\nin = -1\nout = 1', "in"),
        ('currency = "EUR"\n[models.plain]\nin = nan\nout = 1', "prices.toml"),
        ('currency = "EUR"\n[models.plain]\nin = inf\nout = 1', "a price must be a number"),
        ('currency = "EUR"\n[models.plain]\nin = 1\nout = 1\nper = 1000', "per"),
        ('currency = "EUR"\n[models.other]\nin = 1\nout = 1', "gives no price for 'plain'"),
        ("currency = ", "not readable as TOML"),
    ],
)
def test_a_table_that_cannot_be_used_is_told_by_its_key(tmp_path, table, told):
    with pytest.raises(InputError) as fault:
        tariff(tmp_path, "openai:plain", table)
    assert told in str(fault.value)


def test_a_missing_table_is_told(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        load_tariff(tmp_path / "none.toml", "openai:plain")
