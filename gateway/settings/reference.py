"""The reference page of the settings, made from the classes that read them.

python -m gateway.settings.reference > docs/reference/configuration.md
"""

import sys
from collections.abc import Iterable
from typing import Annotated, get_args, get_origin, get_type_hints

import msgspec
from pydantic_core import PydanticUndefined

from gateway.settings.configuration import SECTIONS
from gateway.settings.environment import Settings
from gateway.settings.limits import Limits

LIMITS = Limits.model_fields
_HEAD = """\
# Configuration

Made by `python -m gateway.settings.reference`; a test fails when it differs from the code.

## Environment

| variable | default | what it is |
| --- | --- | --- |
"""

_FILE = """
## File

`GATEWAY_CONFIG` names a TOML file. Unknown keys are refused; what is wrong is said in one line that
names the file and the key. Secrets stand in the environment, never in the file:

```toml
[connections.shop-us]
connector = "shopify"
url = "https://northwind.example"
settings = {access_token = {env = "SHOPIFY_TOKEN"}}

[connections.wms]
connector = "flexmarket"
url = "https://wms.northwind.example"
settings = {api_key = {env = "WMS_KEY"}}

[locations.DC-RENO]
name = "Reno"
authority = "wms"

[channels.web]
kind = "WEB"
connection = "shop-us"
fulfill_at = "DC-RENO"

[skus.wms]
TEE-M = "0042-M"
```
"""

_SKUS = """
### `[skus.<connection>]`: what a system calls by another SKU than we do.

`ours = "theirs"`, as the system spells it, or `ours = ["theirs", "theirs too"]`. Inwards all of
them are ours; outwards ours is the first. What is not named is called the same here and there. Case
and blanks around a SKU do not count. A SKU that stands for two of ours is refused.
"""


def page() -> str:
    """Return ``docs/reference/configuration.md``."""
    limits_last = sorted(Settings.model_fields.items(), key=lambda one: one[0] in LIMITS)
    rows = [
        f"| `GATEWAY_{name.upper()}` | {_shown(field.get_default())} | {field.description} |"
        for name, field in limits_last
    ]
    sections = [_section(name, type_) for name, type_ in SECTIONS.items()]
    return _HEAD + "\n".join(rows) + "\n" + _FILE + "".join(sections) + _SKUS


def _section(name: str, type_: type[msgspec.Struct]) -> str:
    title = (type_.__doc__ or "").partition(": ")[2]
    hints = get_type_hints(type_, include_extras=True)
    rows = [
        f"| `{field.name}` | {_default(field)} | {_described(hints[field.name])} |"
        for field in msgspec.structs.fields(type_)
    ]
    head = (
        f"\n### `[{name}.<id>]`: {title}\n\n| key | default | what it is |\n| --- | --- | --- |\n"
    )
    return head + "\n".join(rows) + "\n"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    return _shown(None if field.default is msgspec.NODEFAULT else field.default)


def _shown(value: object) -> str:
    if value is PydanticUndefined or value in (None, "", ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _described(hint: object) -> str:
    """Return the description of a field, and the words it may be where there is a fixed list."""
    meta: Iterable[object] = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    texts = [one.description for one in meta if isinstance(one, msgspec.Meta)]
    return f"{texts[0]}{_choices(get_args(hint)[0])}"


def _choices(type_: object) -> str:
    words = get_args(type_) or getattr(type_, "__members__", ())
    named = [word for word in words if isinstance(word, str)]
    return f" One of {', '.join(f'`{word}`' for word in named)}." if named else ""


if __name__ == "__main__":
    sys.stdout.write(page())
