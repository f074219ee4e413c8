"""A template takes good answers, and refuses a bad one in one clear line before it writes anything."""

from __future__ import annotations

import json
import keyword
import os
import pty
import subprocess
import sys

import pytest
from cookiecutter.exceptions import FailedHookException, OutputDirExistsException
from cookiecutter.main import cookiecutter as bake

from frameworks.starter.questions import KEYWORDS, MODULES, questions
from tests.starters import templates

ROLES = ("provider", "consumer")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a template for each role."""
    folder = tmp_path_factory.mktemp("templates")
    return {role: templates.write(folder / role, role) for role in ROLES}


@pytest.fixture
def answered(made, tmp_path, output):
    """Return a function that bakes with some answers and returns all of them, as the project sees them."""
    config = {"replay_dir": str(tmp_path / "replay"), "cookiecutters_dir": str(tmp_path / "clones")}

    def answers(role, **given):
        project = bake(str(made[role]), no_input=True, extra_context=given, output_dir=str(output), default_config=config)
        return json.loads((output / project / "answers.json").read_text(encoding="utf-8"))

    return answers


@pytest.fixture
def refused(answered, output):
    """Return a function that bakes with an answer that is refused, and returns the message; nothing was written."""

    def refusal(role, **given):
        with pytest.raises(FailedHookException) as caught:
            answered(role, **given)
        assert [] == list(output.iterdir())
        message = str(caught.value)
        assert [message] == message.splitlines()
        return message

    return refusal


@pytest.mark.parametrize("role", ROLES)
def test_the_defaults_are_accepted(answered, role):
    """Who answers nothing gets a project on SQLite at the loopback address, under the BSD licence."""
    answers = answered(role)
    name = role.capitalize()
    assert f"OAuth {name}" == answers["project_name"]
    assert f"oauth-{role}" == answers["project_slug"]
    assert f"The authors of OAuth {name}" == answers["author"]
    assert ("sqlite", "BSD-3-Clause", "wheel") == (answers["database"], answers["license"], answers["shared_validator"])
    assert "http://127.0.0.1:5001" == answers["issuer_url"]
    assert "_extensions" not in answers


@pytest.mark.parametrize("role", ROLES)
def test_a_refusal_is_all_that_a_question_leaves_behind(answered, role):
    """Lists of refused names and messages stay in the template: a project's record of its answers is short."""
    private = {name: value for name, value in answered(role).items() if name.startswith("__ref")}
    assert {"__refusal": "", "__refused": ""} == private


@pytest.mark.parametrize("role", ROLES)
def test_each_question_is_asked_in_words(role):
    """No question shows the name of a variable, and each value that can be chosen has a label."""
    asked = questions(role, "Flask", reserved=(), presets=templates.PRESETS)
    prompts = asked["__prompts__"]
    public = {name: default for name, default in asked.items() if not name.startswith("_")}
    assert list(public) == list(prompts)
    for name, default in public.items():
        if isinstance(default, list):
            assert {"__prompt__", *default} == set(prompts[name])


@pytest.mark.parametrize(
    ("role", "given"),
    [
        ("provider", {"project_name": "L’Été à la plage", "project_slug": "l-ete"}),
        ("provider", {"author": "Ada & Co. <ada@example.org>, 'each' #2: 100%!"}),
        ("provider", {"project_slug": "a" * 50}),
        ("provider", {"issuer_url": "https://login.example.org:8443"}),
        ("provider", {"issuer_url": "http://[::1]:5001"}),
        ("provider", {"issuer_url": "http://[::1]"}),
        ("provider", {"issuer_url": "http://localhost"}),
        ("consumer", {"url": "https://app.example.org", "issuer_url": "https://login.example.org/realms/one"}),
    ],
)
def test_answers_reach_the_project_as_they_were_given(answered, role, given):
    """Accents, ampersands and whatever else does no harm are kept."""
    answers = answered(role, **given)
    assert given == {name: answers[name] for name in given}


def test_the_slug_is_made_from_the_name(answered):
    """Accents and spaces of a name do not reach the folder's name."""
    assert "lete-a-la-plage" == answered("provider", project_name="L’Été à la plage")["project_slug"]


@pytest.mark.parametrize("typed", ["own,github", "own github", " Own ,  GitHub "])
def test_providers_are_separated_by_spaces_or_commas(answered, typed):
    """A file of the template asks for a name between spaces, however the names were typed."""
    assert " own github " == answered("consumer", providers=typed)["__providers"]


@pytest.mark.parametrize("question", ["project_name", "description", "author"])
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", "'' is empty; it must be a line of text"),
        (" ", "' ' is empty; it must be a line of text"),
        ("two\nlines", r"'two\nlines' has a line break or another character that cannot be seen; it must be one line of text"),
        ("a\x1b[31m", r"'a\x1b[31m' has a line break or another character that cannot be seen; it must be one line of text"),
        ("right\u202eleft", r"'right\u202eleft' has a line break or another character that cannot be seen; it must be one line of text"),
        ("a\udcff", r"'a\udcff' has a line break or another character that cannot be seen; it must be one line of text"),
        ('a"b', r"""'a"b' has one of " \ { } $ ` |; it must be a line of text without them"""),
        ("a\\b", r"""'a\\b' has one of " \ { } $ ` |; it must be a line of text without them"""),
        *((f"a{one}b", f"'a{one}b' has one of \" \\ {{ }} $ ` |; it must be a line of text without them") for one in "{}$`|"),
        ("a" * 101, f"'{'a' * 101}' is too long; it may have 100 characters"),
    ],
)
def test_a_line_of_text_is_refused(refused, question, answer, message):
    """What would end a string, or a line, of the files that it goes into is refused, and so is what an update would take for a template."""
    assert f"{question}: {message}" == refused("provider", **{"project_slug": "x", "author": "Ada"} | {question: answer})


@pytest.mark.parametrize("slug", ["../x", "/x", "x/y", "..", "x y", "X", "x_y", "x--y", "-x", "x-", "1x", "é", "x\n", "x.y", "~"])
def test_a_slug_of_other_characters_is_refused(refused, slug):
    """A slug is a folder beside the others, never a path, and a name that a package index accepts."""
    message = "is not accepted; it must be made of a-z, 0-9 and single hyphens between them, and begin with a letter"
    assert f"project_slug: {slug!r} {message}" == refused("provider", project_slug=slug)


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("", "is empty; it must be made of a-z, 0-9 and single hyphens between them, and begin with a letter"),
        ("a" * 51, "is too long; it may have 50 characters"),
        ("class", "is a keyword of Python; choose another name"),
        ("match", "is a keyword of Python; choose another name"),
        ("true", "is a keyword of Python; choose another name"),
        ("json", "is a module of Python's standard library; choose another name"),
        ("con", "is a name that Windows keeps for a device; choose another name"),
        ("lpt1", "is a name that Windows keeps for a device; choose another name"),
        ("flask", "is the name of something that the project uses or holds; choose another name"),
        ("flask-wtf", "is the name of something that the project uses or holds; choose another name"),
        ("shared-validator", "is the name of something that the project uses or holds; choose another name"),
        ("tests", "is the name of something that the project uses or holds; choose another name"),
        ("templates", "is the name of something that the project uses or holds; choose another name"),
    ],
)
def test_a_slug_that_is_taken_is_refused(refused, slug, message):
    """A project that is called like a module or a dependency of its own would take that one's place."""
    assert f"project_slug: {slug!r} {message}" == refused("consumer", project_slug=slug)


def test_a_name_without_a_letter_makes_no_slug(refused):
    """The message asks for a slug, since the name is fine."""
    assert refused("provider", project_name="!!!").startswith("project_slug: '' is empty; ")


def test_the_names_of_every_python_are_known():
    """A Python with a new keyword or module finds it in the lists."""
    assert set() == {name.lower() for name in [*keyword.kwlist, *keyword.softkwlist] if name != "_"} - set(KEYWORDS.split())
    assert set() == {name for name in sys.stdlib_module_names if name.isalnum() and name.islower()} - set(MODULES.split())


@pytest.mark.parametrize(("role", "question"), [("provider", "issuer_url"), ("consumer", "url"), ("consumer", "issuer_url")])
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", "is not an absolute URL that begins with https://"),
        ("login.example.org", "is not an absolute URL that begins with https://"),
        ("ftp://example.org", "is not an absolute URL that begins with https://"),
        ("https://", "names no host"),
        ("https://:443", "names no host"),
        ("https://example.org:", "has no number of a port behind its colon"),
        ("https://example.org:http", "has no number of a port behind its colon"),
        ("https://example.org:65536", "has no number of a port behind its colon"),
        ("https://example.org/", "ends with a slash; it must be given without"),
        ("http://example.org", "must be an https URL: only a loopback address (localhost, 127.0.0.1, [::1]) may have http"),
        ("http://127.example.org", "must be an https URL: only a loopback address (localhost, 127.0.0.1, [::1]) may have http"),
        *(
            (url, "has a character that no such URL has: it must be an https URL without query, fragment and user")
            for url in (
                "https://example.org?a=b",
                "https://example.org#a",
                "https://ada@example.org",
                "https://exa mple.org",
                "https://é.org",
            )
        ),
        ("https://example.org\n", "has a character that no such URL has: it must be an https URL without query, fragment and user"),
    ],
)
def test_a_url_is_refused(refused, role, question, answer, message):
    """What the settings would refuse at start is refused at once (RFC 8414 §2)."""
    assert f"{question}: {answer!r} {message}" == refused(role, **{question: answer})


@pytest.mark.parametrize(("role", "question"), [("provider", "issuer_url"), ("consumer", "url")])
def test_a_url_of_the_project_is_the_root_of_a_host(refused, role, question):
    """The project serves its routes from the root; the provider that a consumer names may be elsewhere."""
    assert f"{question}: 'https://example.org/a' has a path; it must be the root of a host" == refused(
        role, **{question: "https://example.org/a"}
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("", "names no provider; accepted are own, github, google"),
        (" , ", "names no provider; accepted are own, github, google"),
        ("own githab", "names a provider that is not known; accepted are own, github, google"),
        ("own,own", "names a provider twice; each may be named once"),
    ],
)
def test_providers_are_refused(refused, answer, message):
    """Each provider is one that `shared_validator` knows, and is offered once."""
    assert f"providers: {answer!r} {message}" == refused("consumer", providers=answer)


def test_a_folder_that_exists_is_refused(answered, output):
    """cookiecutter leaves it as it is."""
    (output / "mine").mkdir()
    (output / "mine" / "file").write_text("kept")
    with pytest.raises(OutputDirExistsException):
        answered("provider", project_slug="mine")
    assert [(output / "mine" / "file")] == list((output / "mine").iterdir())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("project_slug=../x", "project_slug: '../x' is not accepted; "),
        ("project_slug=class", "project_slug: 'class' is a keyword of Python; "),
        ("project_name=", "project_name: '' is empty; "),
        ("project_slug=mine", 'Error: "mine" directory already exists'),
    ],
)
def test_the_command_shows_one_line(cookiecutter, made, output, given, said):
    """A refusal is one line and the exit status 1, whoever refuses."""
    (output / "mine").mkdir()
    done = cookiecutter(made["provider"], "--no-input", given)
    assert 1 == done.returncode
    assert "" == done.stderr
    assert 1 == done.stdout.count("\n")
    assert done.stdout.startswith(said)
    assert [output / "mine"] == list(output.iterdir())
    assert [] == list((output / "mine").iterdir())


def test_a_value_that_cannot_be_chosen_is_refused_by_cookiecutter(cookiecutter, made, output):
    """It says which question, which answer and what is accepted, in its last line."""
    done = cookiecutter(made["provider"], "--no-input", "database=oracle")
    assert 1 == done.returncode
    assert done.stderr.endswith("ValueError: oracle provided for choice variable database, but the choices are ['sqlite', 'postgresql'].\n")
    assert [] == list(output.iterdir())


TYPED = {"project_name": "Été", "database": "2", "providers": "github", "license": "3"}


def _lines(role, **typed):
    asked = questions(role, "Flask", reserved=(), presets=templates.PRESETS)
    return "".join(typed.get(name, "") + "\n" for name in asked if not name.startswith("_"))


@pytest.fixture
def type_answers(made, environ, output):
    """Return a function that types a consumer's answers at a terminal, and returns the exit status and what was shown."""

    def run(**typed):
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "cookiecutter", str(made["consumer"])]
        with subprocess.Popen(command, cwd=output, env=environ, stdin=follower, stdout=subprocess.PIPE) as process:
            os.close(follower)
            os.write(leader, _lines("consumer", **typed).encode())
            shown, _ = process.communicate(timeout=60)
        os.close(leader)
        return process.returncode, shown.decode()

    return run


def test_answers_are_typed_at_a_terminal(type_answers, output):
    """A person is asked in words, and chooses by a number."""
    status, shown = type_answers(project_name="Été", database="2", providers="github", license="3")
    assert (0, ["ete"]) == (status, [path.name for path in output.iterdir()])
    assert "Where people sign in, separated by spaces (own, github, google)" in shown
    answers = json.loads((output / "ete" / "answers.json").read_text(encoding="utf-8"))
    assert ("Été", "postgresql") == (answers["project_name"], answers["database"])
    assert (" github ", "none") == (answers["__providers"], answers["license"])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"project_slug": "../x"}, "project_slug: '../x' is not accepted; "),
        ({"providers": "githab"}, "providers: 'githab' names a provider that is not known; "),
    ],
)
def test_what_is_typed_is_refused(type_answers, output, typed, said):
    """An answer at a terminal is checked as what stands on a command line is."""
    status, shown = type_answers(**typed)
    assert (1, []) == (status, list(output.iterdir()))
    assert said in shown


def test_a_template_is_chosen_from_the_menu(cookiecutter, tmp_path, output):
    """Who gives the folder of all templates is shown their titles; what is refused is refused there too."""
    folder = tmp_path / "cookiecutter-templates"
    for role in ROLES:
        templates.write(folder / role, role)
    listed = {role: {"path": role, "title": f"Flask {role}", "description": f"Flask {role}"} for role in ROLES}
    (folder / "cookiecutter.json").write_text(json.dumps({"templates": listed}))
    done = cookiecutter(folder, typed="2\n" + _lines("consumer", project_slug="class"))
    assert 1 == done.returncode
    assert "2 - Flask consumer" in done.stdout
    assert "project_slug: 'class' is a keyword of Python; choose another name\n" == done.stdout[done.stdout.index("project_slug: ") :]
    assert [] == list(output.iterdir())
