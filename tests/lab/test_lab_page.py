"""The lab's page in a browser against the real server: it learns, and every control does what it says."""

import re

import pytest

pytest.importorskip("playwright", reason="the page is tested with Playwright: pip install playwright")

from lab_page import CHROMIUM

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="the page is tested with Chromium: apt-get install chromium")


def test_it_opens_and_learns(lab):
    page = lab()
    page.wait_learning()
    first = page.number("error")
    assert page.page.url.startswith(f"http://{page.server.host}/#")
    assert "token" not in page.page.url
    page.full_speed()
    page.wait(lambda: page.number("error") < min(first, 30), "the error falls")
    assert page.number("loss") < 2
    page.wait(lambda: page.number("images-per-second") > 100, "images per second")
    page.wait(lambda: page.at("confusion").locator("button.right").filter(has_text=re.compile(r"\d")).count() == 10)


def test_pause_stands_still_and_a_step_is_one_update(lab):
    page = lab({"batch_size": "100"})
    page.wait_learning()
    page.pause()
    # 1,437 training images: 15 steps an epoch.
    before = page.number("epoch")
    page.page.wait_for_timeout(400)
    assert page.number("epoch") == before
    for n in (1, 2, 3):
        page.at("step").click()
        page.wait(lambda n=n: abs(page.number("epoch") - before - n / 15) < 0.0101, f"{n} steps")
        page.page.wait_for_timeout(150)
        assert abs(page.number("epoch") - before - n / 15) < 0.0101
        assert page.at("play").get_attribute("aria-pressed") == "false"


def test_epoch_goes_to_the_end_of_the_epoch_and_reset_begins_anew(lab):
    page = lab()
    page.wait_learning()
    page.pause()
    for _ in range(2):
        before = page.number("epoch")
        page.at("epoch-step").click()
        page.wait(lambda before=before: page.number("epoch") == int(before) + 1, "the end of the epoch")
        page.wait(lambda: page.at("play").get_attribute("aria-pressed") == "false", "the pause behind it")
        assert page.number("epoch") == int(before) + 1
    page.at("reset").click()
    page.wait(lambda: page.number("epoch") == 0, "the beginning")
    page.at("play").click()
    page.wait(lambda: page.number("epoch") > 0, "learning")


def test_reset_with_other_seeds_has_other_seeds(lab):
    page = lab()
    page.wait_learning()
    page.page.get_by_label("same seeds").uncheck()
    page.at("reset").click()
    page.wait(lambda: "first_seed=2" in page.page.url, "other seeds in the address")


def test_the_speed_control_slows_down_and_speeds_up(lab):
    page = lab()
    page.wait_learning()
    page.at("speed").focus()
    page.page.keyboard.press("Home")
    page.wait(lambda: page.at("speed").get_attribute("aria-valuetext") == "1 batches/s", "one batch a second")
    page.page.wait_for_timeout(400)
    before = page.number("epoch")
    page.page.wait_for_timeout(1500)
    assert page.number("epoch") - before <= 4 / 45 + 0.011
    page.full_speed()
    page.wait(lambda: page.number("epoch") > before + 2, "full speed")


def layers(page):
    return page.at("network-text").input_value()


def columns(page):
    return page.page.locator(".flow .column .name").all_inner_texts()


def test_layers_are_edited_added_and_removed_by_click(lab):
    page = lab()
    page.wait_learning()
    assert columns(page)[0] == "conv1"
    last = page.page.locator(".flow .column", has_text="linear1").locator(".add")
    last.select_option("dropout(0.5)")
    page.wait(lambda: layers(page).endswith("dropout linear(10)"), "a layer is added")
    page.wait(lambda: "dropout" in page.page.url, "the address has it")
    page.page.get_by_label("Remove conv1").click()
    page.wait(lambda: not layers(page).startswith("conv2d"), "a layer is removed")
    assert "conv1" not in columns(page)
    page.page.locator(".flow .column .name", has_text="linear1").click()
    edit = page.page.get_by_label("Layers of this column")
    edit.fill("linear(12) tanh linear(10)")
    edit.press("Enter")
    page.wait(lambda: "linear(12)" in layers(page), "a layer is edited")
    page.wait(lambda: (page.number("epoch") or 0) > 0, "it learns on")


def test_layers_move(lab):
    page = lab({"network": "flatten linear(12) tanh linear(14) tanh linear(10)"})
    page.wait_learning()
    page.page.get_by_label("Move linear2 left").click()
    page.wait(lambda: layers(page).index("linear(14)") < layers(page).index("linear(12)"), "moved")


def test_a_new_network_as_text_trains(lab):
    page = lab()
    page.wait_learning()
    page.at("network-text").fill("flatten linear(20) relu linear(10)")
    page.at("network-text").press("Enter")
    page.wait(lambda: columns(page) == ["flatten1", "linear1", "linear2"], "the new columns")
    page.wait(lambda: "linear(20)" in page.page.url, "the address")
    page.wait_learning()


@pytest.mark.parametrize("text", ["flatten linear(", "flatten linear(3)", "conv2d(4, 99) flatten linear(10)"])
def test_a_wrong_text_shows_its_error_and_training_goes_on(lab, text):
    page = lab()
    page.wait_learning()
    page.full_speed()
    page.at("network-text").fill(text)
    page.at("network-text").press("Enter")
    page.at("network-error").wait_for()
    assert len(page.text("network-error")) > 20
    assert layers(page) == text
    before = page.number("epoch")
    page.wait(lambda: page.number("epoch") > before, "training goes on")
    assert columns(page)[0] == "conv1"
    page.at("network-text").fill("flatten linear(10)")
    page.at("network-text").press("Enter")
    page.wait(lambda: "conv1" not in columns(page), "right again")
    assert page.at("network-error").count() == 0


@pytest.mark.parametrize(
    ("label", "value", "words"),
    [
        ("optimizer", "sgd(", "sgd("),
        ("schedule", "warmup(9999) cosine", "warm-up"),
        ("stop at epoch", "many", "whole number"),
        ("learning rate", "fast", "number"),
    ],
)
def test_wrong_settings_show_their_error_at_their_field(lab, label, value, words):
    page = lab()
    page.wait_learning()
    field = page.page.locator("section.recipe .row", has=page.page.locator("label", has_text=label)).first
    field.locator("input").first.fill(value)
    field.locator("input").first.press("Enter")
    field.get_by_role("alert").wait_for()
    assert words in field.get_by_role("alert").inner_text()
    assert field.locator("input").first.get_attribute("aria-invalid") == "true"


def test_settings_of_the_recipe_begin_a_new_run(lab):
    page = lab()
    page.wait_learning()
    page.page.locator("#batch_size").select_option("64")
    page.wait(lambda: "batch_size=64" in page.page.url, "batch size")
    page.page.locator("#optimizer").fill("adam(0.001)")
    page.page.locator("#optimizer").press("Enter")
    page.wait(lambda: "adam" in page.page.url, "optimizer")
    page.at("lr").fill("0.5")
    page.at("lr").press("Enter")
    page.wait(lambda: "lr=0.5" in page.page.url, "learning rate")


def test_the_learning_rate_slider_reaches_in_and_says_so(lab):
    page = lab()
    page.wait_learning()
    page.page.get_by_label("Change the learning rate while it trains").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.locator(".recipe .hint", has_text="Somebody reached in").wait_for()
    page.wait(lambda: 0.1 < float(page.at("lr").input_value()) < 0.13, "the new rate")


SEVEN = [(0.25, 0.2), (0.72, 0.2), (0.6, 0.45), (0.42, 0.85)]


def test_a_drawn_seven_is_a_seven_and_can_be_taught_as_a_one(lab):
    page = lab({"network": "conv2d(8,3,padding=1) relu maxpool2d(2) flatten linear(32) relu linear(10)"})
    page.wait_learning()
    page.full_speed()
    page.wait(lambda: page.number("error") < 6, "a good network")
    page.draw(SEVEN)
    page.wait(lambda: page.at("answer").get_attribute("data-answer") == "7", "a seven")
    page.page.locator("#teach-label").select_option("1")
    for _ in range(12):
        page.at("teach").click()
    page.wait(lambda: page.at("answer").get_attribute("data-answer") == "1", "taught")
    page.page.locator(".recipe .hint", has_text="Somebody reached in").wait_for()
    page.page.get_by_role("button", name="pin", exact=True).click()
    page.page.get_by_text("your drawing").wait_for()
    page.page.get_by_label("Wipe").click()
    page.wait(lambda: page.at("answer").get_attribute("data-answer") == "", "wiped")


def test_each_stroke_is_answered(lab):
    page = lab()
    page.wait_learning()
    page.draw(SEVEN)
    page.wait(lambda: page.at("answer").get_attribute("data-answer") != "", "an answer")
    values = page.page.locator(".bars .value").all_inner_texts()
    assert len(values) == 10
    assert 95 <= sum(int(value) for value in values) <= 105
    page.draw([(0.3, 0.5), (0.6, 0.5)])
    page.page.get_by_label("Undo the last stroke").click()
    assert page.page.get_by_label("Undo the last stroke").is_enabled()


def test_units_are_switched_off_by_click_and_by_keyboard(lab):
    page = lab()
    page.wait_learning()
    page.full_speed()
    page.wait(lambda: page.number("error") < 30, "something to lose")
    maps = page.page.get_by_label(re.compile("conv1: values before the activation"))
    maps.click(position={"x": 5, "y": 5})
    page.at("lesion").wait_for()
    assert "conv1/0" in page.text("lesion")
    maps.focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Enter")
    page.wait(lambda: "conv1/0, conv1/1" in page.text("lesion"), "the second unit")
    page.page.keyboard.press("Enter")
    page.wait(lambda: "conv1/1" not in page.text("lesion"), "on again")
    page.page.get_by_role("button", name="all on again").click()
    page.at("lesion").wait_for(state="detached")


def test_a_and_b_until_the_verdict(lab):
    page = lab({"epochs": "2", "network": "flatten linear(16) tanh linear(10)", "seeds": "3"})
    page.wait_learning()
    page.page.get_by_role("button", name="+ B").click()
    page.page.get_by_text("B is a copy of A").wait_for()

    def is_changed() -> bool:
        # What is typed while B's fields are being drawn for the first time may be drawn over.
        page.at("lr").fill("0.0001")
        page.at("lr").press("Enter")
        return page.page.get_by_text("in place of").count() > 0

    page.wait(is_changed, "what differs")
    page.wait(lambda: "b.lr=0.0001" in page.page.url, "the address")
    page.full_speed()
    page.wait(lambda: "3 seeds" in page.text("verdict"), "a verdict")
    seeds = page.page.locator("section.recipe .row", has=page.page.locator("label", has_text="seeds")).locator("input")
    seeds.fill("8")
    seeds.press("Enter")
    page.wait(lambda: re.search(r"B errs [\d.]+ points more .* 8 seeds", page.text("verdict")), "a decision")
    page.page.get_by_label("Without B").click()
    page.at("verdict").wait_for(state="detached")
    page.wait(lambda: "b." not in page.page.url, "without B")


def test_one_goes_back_in_time_and_returns(lab):
    page = lab({"epochs": "3"})
    page.wait_learning()
    page.full_speed()
    page.page.get_by_text("done", exact=True).wait_for()
    page.page.wait_for_timeout(1200)
    filters = page.page.get_by_label("conv1: filters")
    picture = "canvas => canvas.toDataURL()"
    now = filters.evaluate(picture)
    page.at("scrubber").focus()
    page.page.keyboard.press("Home")
    page.wait(lambda: page.at("scrubber").get_attribute("aria-valuetext") == "after epoch 0.00", "the beginning")
    page.wait(lambda: filters.evaluate(picture) != now, "the first filters")
    page.page.get_by_role("button", name="to now").click()
    page.wait(lambda: filters.evaluate(picture) == now, "the last filters")


def test_a_reload_restores_everything_from_the_address(lab):
    page = lab()
    page.wait_learning()
    page.at("network-text").fill("flatten linear(21) relu linear(10)")
    page.at("network-text").press("Enter")
    page.wait(lambda: "linear(21)" in page.page.url, "the address")
    page.page.reload()
    page.wait_learning()
    assert "linear(21)" in layers(page)
    page.full_speed()
    before = page.number("epoch")
    page.wait(lambda: page.number("epoch") > before, "it trains on")


def test_two_pages_have_their_own_experiments(lab):
    one, other = lab(), lab({"network": "flatten linear(10)"})
    one.wait_learning()
    other.wait_learning()
    one.pause()
    before, then = one.number("epoch"), other.number("epoch")
    other.wait(lambda: other.number("epoch") > then, "the other one trains")
    assert one.number("epoch") == before
    assert columns(one)[0] == "conv1" and columns(other)[0] == "flatten1"


def test_the_gallery_opens_from_a_cell_and_closes(lab):
    page = lab({"epochs": "1"})
    page.wait_learning()
    page.full_speed()
    page.page.get_by_text("done", exact=True).wait_for()
    page.page.wait_for_timeout(1200)
    page.at("confusion").locator("button.right").nth(3).click()
    dialog = page.page.get_by_role("dialog")
    dialog.get_by_text("3 taken for 3").wait_for()
    dialog.get_by_title("Pin this image").first.click()
    dialog.wait_for(state="hidden")
    page.wait(lambda: ": 3" in page.page.locator(".column").first.inner_text(), "pinned")
    page.page.get_by_role("button", name="always wrong").click()
    dialog.wait_for()
    page.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_share_gives_four_forms_and_the_address_works(lab):
    page = lab()
    page.wait_learning()
    page.page.get_by_role("button", name="share").click()
    dialog = page.page.get_by_role("dialog")
    dialog.locator("pre").first.wait_for()
    address, command, python, study = dialog.locator("pre").all_inner_texts()
    assert address.startswith(f"http://{page.server.host}/#") and "token" not in address
    assert command.startswith("seedbed ") and "import seedbed" in python and "[[variants]]" in study


def test_learning_rates_are_found(lab):
    page = lab({"seeds": "1"})
    page.wait_learning()
    page.at("find-rate").click()
    page.page.get_by_role("button", name="take it").wait_for()
    page.page.get_by_role("button", name="take it").click()
    page.page.get_by_label("Loss while the learning rate grows").wait_for(state="detached")


def test_toy_data_show_the_plane(lab):
    page = lab({"data": "spiral(noise=0.1)", "network": "flatten linear(6) tanh linear(2)", "batch_size": "10"})
    page.wait_learning()
    plane = page.page.locator("canvas.plane")
    plane.wait_for()
    page.wait(lambda: plane.evaluate("canvas => canvas.width") > 48, "the plane is drawn")
    colours = "canvas => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size"
    page.wait(lambda: plane.evaluate(colours) > 20, "in colours")
    page.page.get_by_label("x₁²").check()
    page.wait(lambda: "x1_squared" in page.page.url, "a feature more")
    page.wait_learning()


def test_data_sets_are_chosen(lab):
    page = lab()
    page.wait_learning()
    page.page.get_by_label("Data set").select_option("moons")
    page.page.locator("canvas.plane").wait_for()
    page.wait(lambda: "data=moons" in page.page.url, "the address")
    page.page.get_by_label("Data set").select_option("digits")
    page.page.get_by_label("The pinned image").wait_for()


def test_a_weight_is_changed_by_hand_and_training_goes_on(lab):
    page = lab({"data": "moons(noise=0.1)", "network": "flatten linear(4) tanh linear(2)", "batch_size": "10"})
    page.wait_learning()
    table = page.page.get_by_role("button", name="linear1: weights")
    table.click(position={"x": 5, "y": 5})
    field = page.at("weight").locator("input")
    field.wait_for()
    before = page.number("epoch")
    field.fill("-3.5")
    field.press("Enter")
    page.page.get_by_text("Somebody reached in: these runs").wait_for()
    assert field.input_value() == "-3.5"
    page.wait(lambda: "a weight became -3.5" in page.text("reached"), "it is noted under the curves")
    page.wait(lambda: page.number("epoch") > before, "it goes on")
    table.focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Enter")
    page.wait(lambda: "0, 1" in page.at("weight").inner_text(), "the next weight by the keyboard")


def test_of_two_networks_what_differs_is_said(lab):
    page = lab({"b.network": "conv2d(4,3,padding=1) tanh maxpool2d(2) flatten linear(10)"})
    page.wait_learning()
    page.page.get_by_text("B: tanh in place of relu").wait_for()
