"""The analysis' page in a browser: on a phone and a desk, light and dark."""

import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS


@pytest.fixture(scope="module", params=["en", "ja"])
def address(request, tmp_path_factory):
    out = tmp_path_factory.mktemp("analysis") / "out"
    assert main(["corpus", "analyze", str(DEMO_CORPUS), "--out", str(out), "--language", request.param]) == 0
    return (out / "index.html").as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "shown"), [(390, "narrow"), (1440, "wide")])
def test_the_page_fits_loads_nothing_else_and_turns_light_or_dark(browser, address, width, shown, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("figure svg:visible").count() == page.locator(f"figure svg.{shown}").count() > 0
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.click("[data-theme-switch]")
    assert page.evaluate(ground) != before
    page.reload()
    assert page.evaluate(ground) != before
    page.locator("summary").first.click()
    assert page.locator("details table:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert (said, set(asked)) == ([], {address})
    context.close()
