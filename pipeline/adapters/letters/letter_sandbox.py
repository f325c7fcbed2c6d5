"""Where templates of letters are compiled and run: Jinja's sandbox, and quick in it.

Nine in ten of what a letter asks of the sandbox are two questions whose answer cannot do
harm: a key of a plain dict, and a macro of a template. They are answered at once, as the
sandbox would; everything else is asked of the sandbox itself.
"""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.compiler import CodeGenerator
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from pipeline.adapters.letters.kept_templates import KeptTemplates

TEXT_WIDTH = 76
_OF_EVERY_DICT = frozenset(dir(dict))


def open_sandbox(folder: Path, *, escape: bool) -> SandboxedEnvironment:
    """An environment for the templates of a folder, which escapes every value or none."""
    # this module holds the settings and the filter that compiled code may have asked
    settings = sha256(Path(__file__).read_bytes()).digest()
    environment = QuickSandbox(
        loader=FileSystemLoader(folder),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=KeptTemplates(folder, "html" if escape else "text", settings),
    )
    environment.filters["para"] = wrap_paragraph
    return environment


@lru_cache(maxsize=4096)
def _escaped_text(text: str) -> str:
    return str(escape(text))


def _escaped(value: Any) -> str:
    """A value as it stands in HTML; most are titles, labels and colours said before."""
    if type(value) is Markup:
        return value
    return _escaped_text(value) if type(value) is str else escape(value)


class _QuickCode(CodeGenerator):
    """Jinja's compiler, whose output escapes by `_escaped`."""

    def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")
            self.write(finalize.src or "")


class QuickSandbox(SandboxedEnvironment):
    """The sandbox, with the answer at hand where it is always the same."""

    code_generator_class = _QuickCode
    escaped = staticmethod(_escaped)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` in a template."""
        if type(obj) is dict and attribute not in _OF_EVERY_DICT:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        if type(obj) is TemplateModule and not attribute.startswith("_"):
            value = obj.__dict__.get(attribute)
            if type(value) is Macro:
                return value
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """`obj(...)` in a template."""
        if type(obj) is not Macro:
            return super().call(context, obj, *args, **kwargs)
        if kwargs:  # what Jinja says of itself in loops and blocks
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
        return obj(context.eval_ctx, *args, **kwargs)


def wrap_paragraph(text: str, first: str = "", indent: str = "") -> str:
    """Prose as lines of at most 76 characters; a longer word stands alone, unbroken."""
    # What textwrap.fill says of words between single blanks, at a third of its price.
    words = str(text).split()
    line = " ".join(words)
    if len(first) + len(line) <= TEXT_WIDTH:
        return first + line if words else ""
    lines, line = [], ""
    for word in words:
        longer = f"{line} {word}" if line else first + word
        if line and len(longer) > TEXT_WIDTH:
            lines.append(line)
            longer = indent + word
        line = longer
    return "\n".join([*lines, line])
