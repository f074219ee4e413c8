"""What the explanations promise: each threat has its source, the code that stops it, and a test that exists."""

import ast
import re

import pytest

from frameworks.manifests import ROOT

GUIDE = ROOT / "guide"
THREATS = (GUIDE / "explanation" / "threats.md").read_text(encoding="utf-8")
NOT_A_THREAT = ("What no line here stops", "What can go wrong")
NAMED = re.compile(r"`((?:tests|frameworks)/[\w/.-]+\.py)(?:::(\w+))?`")


def _sections():
    parts = re.split(r"^## (.+)\n", THREATS, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("threat", [title for title in _sections() if title not in NOT_A_THREAT])
def test_each_threat_has_a_source_a_line_and_a_proof(threat):
    """Few sentences say what the attack is, a standard what it rests on, included code what stops it, and a test that it does."""
    section = _sections()[threat]
    attack = section.split("\nSources: ")[0].strip()
    assert 1 <= len(re.findall(r"[.!?](?:\s|$)", attack)) <= 3, attack
    assert re.search(r"^Sources: .*(RFC \d+ §|CWE-\d+|RFC 5849 §)", section, re.MULTILINE)
    assert "```{literalinclude} /../" in section
    proof = section.split("\nProof: ")[1]
    assert any(test for _file, test in NAMED.findall(proof)), threat


def test_the_threats_end_with_what_is_left_and_what_can_go_wrong():
    """A reader learns what the code does not stop, too."""
    assert NOT_A_THREAT == tuple(_sections())[-2:]


def _pages():
    tracked = [GUIDE / folder for folder in ("explanation", "contribute")]
    return sorted(path for folder in tracked for path in folder.glob("*.md"))


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.relative_to(GUIDE).as_posix())
def test_every_test_that_a_page_names_exists(page):
    """A test that was renamed is named anew here."""
    for file, test in NAMED.findall(page.read_text(encoding="utf-8")):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert not test or test in names, f"{page.name}: {file} has no {test}"


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.relative_to(GUIDE).as_posix())
def test_every_page_ends_with_what_can_go_wrong(page):
    """Its last section is a list of misunderstandings or symptoms, each with what they lead to and a remedy."""
    *_, last = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title, _, entries = last.partition("\n")
    assert "What can go wrong" == title
    assert all("→" in entry for entry in re.split(r"^- ", entries, flags=re.MULTILINE)[1:])


def test_every_message_that_a_page_quotes_is_one_of_ours():
    """The list of what can go wrong quotes messages as this code gives them."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared_validator").rglob("*.py"))
    quoted = [
        "The provider's statement about who you are could not be verified.",
        "This sign-in was used already, or took too long. Please start again.",
        "This sign-in was started in another browser, or its cookie is gone. Please start again.",
        "the consumer key, the token or the signature is not valid",
        "oauth_nonce was used before",
        "the ID token states something else: ",
        "This form is out of date",
    ]
    pages = " ".join(" ".join(page.read_text(encoding="utf-8").split()) for page in _pages())
    for message in quoted:
        assert message in sources
        assert message in pages
