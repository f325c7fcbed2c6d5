"""The quick sandbox says what Jinja's own says: every value, every refusal."""

from collections import UserDict

import pytest
from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from pipeline.adapters.letters.letter_sandbox import QuickSandbox

MACROS = """
{%- macro plain(a, b="-") %}{{ a }}{{ b }}{% endmacro %}
{%- macro around() %}({{ caller() }}){% endmacro %}
{%- macro rest() %}{{ varargs|join(",") }}{{ kwargs|length }}{% endmacro %}
{%- macro _hidden() %}hidden{% endmacro %}
{%- set said = "<said>" %}
"""
EXPRESSIONS = (
    "{{ v.key }}",
    "{{ v.items }}",
    "{% for name, value in v.items() %}{{ name }}{% endfor %}",
    "{{ v.nothing }}",
    "{{ v.nothing is defined }}",
    "{{ v.nothing.more }}",
    "{{ v.__class__ }}",
    "{{ v.__class__.__mro__ }}",
    "{{ v['key'] }}{{ v['__class__'] }}",
    "{{ v._own }}{{ v.markup }}",
    "{{ v.inner.key }}",
    "{{ other.key }}",
    "{{ other.data }}",
    "{{ v.key.format }}",
    "{{ v.pattern.format(v) }}",
    "{{ v.named.format_map({'a': v}) }}",
    "{{ v.act.__globals__ }}",
    "{{ v.act() }}",
    "{{ v.key() }}",
    "{{ say.plain(v.markup) }}",
    "{{ say.plain(v.markup, b='<') }}",
    "{{ say.plain(b=1, a=2) }}",
    "{{ say.plain() }}",
    "{{ say.plain(1, 2, 3) }}",
    "{{ say.plain(1, c=3) }}",
    "{{ say.rest(1, '<', c=3) }}",
    "{% call say.around() %}{{ v.markup }}{% endcall %}",
    "{{ say.plain(v.markup, '>') }}",
    "{{ say.plain(v.markup, '>')|upper }}{{ v.markup|safe }}{{ say.plain(1, 2)|length }}",
    "{% autoescape false %}{{ say.plain(v.markup, '>') }}{{ v.markup }}{% endautoescape %}",
    "{% autoescape true %}{{ say.plain(v.markup, '>') }}{{ v.markup }}{% endautoescape %}",
    "{{ v.markup ~ v.key }}{{ 3 }}{{ none }}{{ v.safe }}{{ v.markup[:2] }}",
    "{% set kept %}<i>{{ v.markup }}</i>{% endset %}{{ kept }}",
    "{% filter upper %}{{ v.markup }}{% endfilter %}",
    "{% for n in (1, 2) %}{{ say.plain(n) }}{% endfor %}",
    "{{ say.said }}",
    "{{ say._hidden() }}",
    "{{ say._hidden is defined }}",
    "{{ say.nothing() }}",
    "{{ say.__dict__ }}",
    "{{ say.plain._func }}",
    "{{ say.plain.name }}",
    "{% for a in [v.key] %}{{ loop.index }}{{ loop.last }}{{ loop._iterator }}{% endfor %}",
)


def told(kind: type[SandboxedEnvironment], expression: str, *, escape: bool) -> str:
    template = '{% import "say" as say %}' + expression
    environment = kind(
        loader=DictLoader({"say": MACROS, "it": template}),
        autoescape=escape,
        undefined=StrictUndefined,
    )
    values = {
        "key": "value",
        "inner": {"key": 1},
        "__class__": "a key",
        "_own": "own",
        "markup": "<b>&",
        "safe": Markup("<u>"),
        "pattern": "{0.__class__}",
        "named": "{a.__class__}",
        "act": lambda: "<acted>",
    }
    try:
        return environment.get_template("it").render(v=values, other=UserDict(key=1))
    except (TemplateError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.fault("T-18")
@pytest.mark.parametrize("escape", [True, False])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_quick_sandbox_says_what_the_sandbox_says(
    expression: str, escape: bool
) -> None:
    quick, slow = (
        told(kind, expression, escape=escape)
        for kind in (QuickSandbox, SandboxedEnvironment)
    )
    assert quick.split(" at 0x")[0] == slow.split(" at 0x")[0]
