"""A recorded flow as a page shows it: a picture, and steps that unfold."""

import json
import re
import subprocess
import sys
import zipfile
from xml.etree import ElementTree as ET

import pytest
from axe_playwright_python.sync_playwright import Axe
from guide.cookbook.flow_directive import on_a_page, steps_of

from frameworks.manifests import ROOT
from tests.driving.chromium import MISSING, PATIENCE, launched, may_be_skipped

RECORDINGS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "guide" / "recordings").glob("*.json"))}
SVG = "{http://www.w3.org/2000/svg}"
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
extensions = ["myst_parser", "guide.cookbook.flow_directive"]
project, version, copyright, language, html_theme = "a guide", "1", "nobody", "en", "furo"
exclude_patterns = ["doctrees", "epub"]
html_static_path = [{str(ROOT / "guide" / "_static")!r}]
"""
PAGE = "# Flows\n\nSome are shown here.\n\n" + "".join(f"## The flow {name}\n\n```{{flow}} {name}\n```\n\n" for name in RECORDINGS)


def _drawn(name, only=None):
    recording = RECORDINGS[name]
    only = only or [step["number"] for step in recording["steps"]]
    return ET.fromstring(on_a_page(recording, only, "A title & more", name)), only  # noqa: S314 - our own


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_picture_is_well_formed_and_has_a_title_and_a_description(name):
    """`role="img"` is labelled by both, so a screen reader says what is to be seen, and then goes on to the list."""
    figure, _ = _drawn(name)
    (image,) = figure.findall(f".//{SVG}svg[@role='img']")
    labels = {child.get("id"): child.text for child in image if child.tag in (f"{SVG}title", f"{SVG}desc")}
    assert list(labels) == image.get("aria-labelledby").split()
    title, description = labels.values()
    assert "A title & more" == title
    assert f"{len(RECORDINGS[name]['steps'])} requests" in description
    assert [] == image.findall(f".//{SVG}a")
    assert [] == figure.findall(".//script")


@pytest.mark.parametrize("name", RECORDINGS)
def test_each_request_and_answer_is_an_arrow_whose_number_leads_to_its_step(name):
    """The target lies within the step that unfolds, so that a browser unfolds it for whoever follows the number."""
    figure, only = _drawn(name)
    arrows = figure.findall(f".//{SVG}path")
    links = [link.get("href") for link in figure.findall(f".//{SVG}a")]
    assert 2 * len(only) == len(arrows) == len(links)
    assert {f"#{name}-step-{number}" for number in only} == set(links)
    for number in only:
        (item,) = figure.findall(f".//li[@value='{number}']")
        (details,) = item
        assert [f"{name}-step-{number}"] == [part.get("id") for part in details.findall("div")]
        assert RECORDINGS[name]["steps"][number - 1]["says"] == details.find("summary/span[@class='flow-says']").text
        assert 2 <= len(details.findall("div/pre"))


def test_a_part_of_a_flow_has_only_its_lanes_steps_and_links():
    """A value that came by earlier is shown, but leads nowhere."""
    figure, _ = _drawn("openid", [10, 11])
    assert ["consumer", "provider"] == [text.text for text in figure.findall(f".//{SVG}text[@class='flow-who']")]
    assert ["10", "11"] == [item.get("value") for item in figure.findall(".//li")]
    targets = {part.get("id") for part in figure.iter() if part.get("id")}
    assert {link.get("href") for link in figure.iter() if link.get("href", "").startswith("#")} <= {f"#{target}" for target in targets}


def test_the_whole_message_can_be_read():
    """Each line of each message stands on the page; only long lines are broken."""
    figure, _ = _drawn("refresh-and-revoke")
    shown = "".join("".join(part.itertext()) for part in figure.findall(".//pre")).replace("\n", "").replace(" ", "")
    for step in RECORDINGS["refresh-and-revoke"]["steps"]:
        for message in (step["request"], step["response"]):
            for line in [*message["headers"], *message["body"]]:
                assert line.replace(" ", "") in shown


@pytest.mark.parametrize(("text", "expected"), [("3-5", [3, 4, 5]), ("1", [1]), ("1, 4-5", [1, 4, 5])])
def test_steps_are_chosen_by_number(text, expected):
    """One, a range, or several."""
    assert expected == steps_of(text, 5)


@pytest.mark.parametrize("text", ["0", "6", "4-3", "3, 2", "2-2, 2", "x", "", "1-"])
def test_steps_that_are_not_there_are_refused(text):
    """So are steps in another order."""
    with pytest.raises(ValueError, match=r"steps|literal"):
        steps_of(text, 5)


def _build(folder, builder, page):
    (folder / "conf.py").write_text(CONF)
    (folder / "index.md").write_text(page)
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-d", folder / "doctrees", "-b", builder, folder, folder / builder]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        ("```{flow} polka\n```\n", "there is no recording 'polka'; the recordings are: client-credentials"),
        ("```{flow} ../recordings/openid\n```\n", "there is no recording"),
        ("```{flow} device\n:only: 9-99\n```\n", "'9-99' does not name steps from 1 to 10"),
    ],
)
def test_an_unknown_flow_or_step_fails_the_build(tmp_path, directive, said):
    """The message says which there are."""
    result = _build(tmp_path, "dummy", f"# A page\n\n{directive}")
    assert 0 != result.returncode
    assert said in result.stdout


def test_a_book_has_the_steps_in_words(tmp_path):
    """No diagram that a reader of books may not know how to draw, and nothing folded."""
    result = _build(tmp_path, "epub", PAGE)
    assert 0 == result.returncode, result.stdout
    with zipfile.ZipFile(next((tmp_path / "epub").glob("*.epub"))) as book:
        text = book.read("index.xhtml").decode()
    ET.fromstring(re.sub("<!DOCTYPE[^>]*>", "", text))  # noqa: S314 - our own
    assert "<svg" not in text
    assert "<details" not in text
    assert RECORDINGS["openid"]["steps"][1]["says"].partition(":")[0] in text


@pytest.fixture(scope="module")
def visit(tmp_path_factory):
    """Open a page with every flow."""
    if may_be_skipped():
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("flows")
    result = _build(folder, "html", PAGE)
    assert 0 == result.returncode, result.stdout
    with launched() as chromium:

        def opened(scheme="light", width=1280):
            context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.goto((folder / "html" / "index.html").as_uri())
            return page

        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(visit, scheme):
    """With everything unfolded."""
    page = visit(scheme)
    page.evaluate("document.querySelectorAll('.flow details').forEach(details => { details.open = true })")
    page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run('.flow', {resultTypes: ['violations']})")["violations"]
    assert [] == [(violation["id"], [node["html"][:150] for node in violation["nodes"][:3]]) for violation in found]


# axe does not look at the colours of text in SVG.
_CONTRASTS = """() => {
    const rgb = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const weights = [0.2126, 0.7152, 0.0722];
    const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const light = colour => rgb(colour).map(part => linear(part / 255)).reduce((sum, part, i) => sum + part * weights[i], 0);
    const contrast = (one, other) => (Math.max(light(one), light(other)) + 0.05) / (Math.min(light(one), light(other)) + 0.05);
    return [...document.querySelectorAll(".flow-diagram text, .flow-diagram tspan")].map(text => {
        const circle = text.parentNode.querySelector("circle");
        const paper = circle ? getComputedStyle(circle).fill : getComputedStyle(text.closest(".flow-box")).backgroundColor;
        return [contrast(getComputedStyle(text).fill, paper), text.textContent];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_in_the_picture_has_contrast(visit, scheme):
    """4.5:1 or more, in either colour scheme (WCAG 2.2 §1.4.3)."""
    contrasts = visit(scheme).evaluate(_CONTRASTS)
    assert 400 < len(contrasts)
    assert [] == [text for ratio, text in contrasts if ratio < 4.5]


def test_on_a_phone_only_the_picture_scrolls_sideways(visit):
    """Within its own box, which the keyboard reaches (WCAG 2.2 §1.4.10)."""
    page = visit(width=360)
    overflow = "element => element.scrollWidth - element.clientWidth"
    assert 0 == page.locator("html").evaluate(overflow)
    box = page.locator(".flow-box").first
    assert 0 < box.evaluate(overflow)
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.flow-box').scrollLeft > 0")


def test_a_number_unfolds_its_step(visit):
    """The link leads into the step, and the browser opens what it has to."""
    page = visit()
    step = page.locator("#openid-step-10")
    assert not step.is_visible()
    page.locator(".flow-diagram a[href='#openid-step-10']").first.click()
    step.wait_for()
