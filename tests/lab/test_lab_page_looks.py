"""The page for everybody: Korean, dark, phone, keyboard, axe-core; hostile texts; a server that goes and comes."""

import re

import pytest

pytest.importorskip("playwright", reason="the page is tested with Playwright: pip install playwright")

from lab_page import CHROMIUM, SMALL, LabPage
from lab_server import LabServer

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="the page is tested with Chromium: apt-get install chromium")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def test_korean(lab):
    page = lab(locale="ko-KR")
    page.wait_learning()
    assert page.page.evaluate("document.documentElement.lang") == "ko"
    assert "오차율" in page.page.locator("header.bar").inner_text()
    text = page.page.locator("body").inner_text()
    assert "Recipe" not in text and "Confusion" not in text
    page.at("language").click()
    page.page.get_by_role("heading", name="Recipe").wait_for()
    page.page.reload()
    page.page.get_by_role("heading", name="Recipe").wait_for()


def ground(page):
    return page.page.evaluate("getComputedStyle(document.body).backgroundColor")


def brightness(colour):
    return sum(int(value) for value in re.findall(r"\d+", colour)[:3]) / 3


def test_dark_as_the_system_and_by_choice(lab):
    page = lab(color_scheme="dark")
    page.wait_learning()
    assert brightness(ground(page)) < 60
    button = page.page.get_by_label("Light, dark or as the system")
    button.click()
    assert brightness(ground(page)) > 200
    button.click()
    assert brightness(ground(page)) < 60


def test_a_phone_has_tabs_and_nothing_is_cut_off(lab):
    page = lab(**PHONE)
    page.wait_learning()
    tabs = page.page.get_by_role("navigation", name="Parts of the page")
    for name, hook in (("recipe", "lr"), ("network", "network-text"), ("results", "confusion"), ("draw", "draw")):
        tabs.get_by_role("button", name=name).click()
        page.at(hook).wait_for()
        width = page.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, name
    page.draw([(0.25, 0.2), (0.72, 0.2), (0.42, 0.85)])
    page.wait(lambda: page.at("answer").get_attribute("data-answer") != "", "an answer")


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"locale": "ko-KR"}, PHONE], ids=str)
def test_axe_finds_nothing(lab, options):
    page = lab({"seeds": "3", "b.lr": "0.05"}, **options)
    page.wait_learning()
    page.page.wait_for_timeout(1500)
    page.pause()
    assert page.violations() == []


def test_axe_finds_nothing_in_dialogs_and_toys(lab):
    page = lab({"data": "spiral(noise=0.1)", "network": "flatten linear(6) tanh linear(2)", "batch_size": "10"})
    page.wait_learning()
    page.page.get_by_role("button", name="share").click()
    page.page.get_by_role("dialog").locator("pre").first.wait_for()
    assert page.violations() == []


def test_every_control_is_reached_by_the_keyboard_and_shows_its_focus(lab):
    page = lab()
    page.wait_learning()
    page.pause()
    everything = page.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, [tabindex='0']")]
             .filter((one) => !one.disabled && one.checkVisibility())
             .map((one, place) => (one.dataset.place = place))"""
    )
    reached = set()
    page.page.evaluate("document.activeElement.blur()")
    for _ in range(len(everything) + 20):
        page.page.keyboard.press("Tab")
        place, outline = page.page.evaluate(
            "() => [document.activeElement.dataset.place, getComputedStyle(document.activeElement).outlineStyle]"
        )
        if place is not None:
            reached.add(int(place))
            assert outline != "none"
    left = set(everything) - reached
    assert [
        page.page.locator(f"[data-place='{place}']").evaluate("one => one.outerHTML.slice(0, 120)") for place in left
    ] == []
    page.at("play").focus()
    page.page.keyboard.press("Enter")
    page.wait(lambda: page.at("play").get_attribute("aria-pressed") == "true", "it plays")
    page.page.keyboard.press("Space")
    page.wait(lambda: page.at("play").get_attribute("aria-pressed") == "false", "it pauses")


@pytest.mark.parametrize("field", ["data", "network", "optimizer", "augment", "b.network", "b.init"])
def test_hostile_texts_run_no_script(lab, field):
    text = '"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\'${window.hacked=1}`'
    page = lab({field: text})
    page.page.wait_for_timeout(2500)
    assert page.page.evaluate("window.hacked") is None
    assert page.page.locator("img[src='x']").count() == 0


def test_hostile_names_in_messages_run_no_script(lab):
    text = '<img src=x onerror="window.hacked=1">'
    page = lab()
    page.wait_learning()
    page.at("network-text").fill(text)
    page.at("network-text").press("Enter")
    page.at("network-error").wait_for()
    assert page.page.evaluate("window.hacked") is None
    assert page.page.locator("img[src='x']").count() == 0
    assert "<img" in page.text("network-error")


def test_a_server_that_comes_back_is_told_with_what_to_do(browser, tmp_path):
    with LabServer(tmp_path / "first.txt") as first:
        page = LabPage(browser, first)
        page.wait_learning()
        first.kill()
        page.at("connection").wait_for()
        assert "does not answer" in page.text("connection")
    with LabServer(tmp_path / "second.txt", port=first.port) as second:
        # It has another token: the page cannot go on by itself, and says so.
        page.wait(lambda: "opened anew" in page.text("connection"), "what to do")
        fragment = page.page.url.partition("#")[2]
        assert SMALL["network"].split(",")[0] in fragment
        page.page.goto(f"{second.address}#{fragment}")
        page.wait_learning()
        assert page.at("connection").count() == 0
    page.context.close()
