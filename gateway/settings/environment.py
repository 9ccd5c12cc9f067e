"""The environment: what differs between two installations of the same code."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from connectors.sdk import registry
from gateway.settings.limits import Limits

SECRET_KEY_CHARACTERS = 32
"""Least length of the secret key: 32 random characters are more than 128 bits in any alphabet."""
DERIVED_KEY_BYTES = 32
"""What HMAC-SHA256 and Fernet take."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
"""URL scheme as people write it -> the driver that we use."""
_LOCAL = ("http://127.0.0.1", "http://localhost", "http://[::1]")

Network = IPv4Network | IPv6Network


class ConfigurationError(Exception):
    """The operator must change the environment or the file. One line: where, and what is wrong."""


def one_line(problem: object) -> str:
    """Return the text of *problem* without line breaks."""
    return " ".join(str(problem).split())


def _listed(value: object) -> object:
    """Split ``"a, b"``; what is no text is left to the type."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


class _Extensions(BaseSettings):
    """What is read before all else, as it decides which connectors there are to be set up."""

    model_config = SettingsConfigDict(
        env_prefix="GATEWAY_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    connectors: Path | None = Field(
        default=None,
        description="A folder of further connectors, found like those that are here "
        "(`gateway connector new NAME --into FOLDER` begins one).",
    )


class Settings(Limits, _Extensions):
    """The environment. Every field is read from ``GATEWAY_`` and its name in capitals."""

    database_url: str = Field(
        default="sqlite+aiosqlite:///gateway.sqlite3",
        repr=False,
        description="Where everything is kept: `sqlite:///file` or `postgresql://user@host/name`.",
    )
    redis_url: str | None = Field(
        default=None,
        repr=False,
        description="Redis or Valkey, which wakes other processes at once and keeps the budgets of "
        "callers. Without it they poll, and each has budgets of its own.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="At least 32 random characters. Signs tokens and links, encrypts the "
        "credentials of connections. Required by every command but `demo`.",
    )
    previous_secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Former secret keys, comma-separated: what they signed or encrypted stays "
        "valid.",
    )
    config: Path | None = Field(
        default=None, description="TOML file of connections, locations and channels (below)."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="How the world reaches this gateway: webhooks are registered at it, links "
        "begin with it.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins whose pages may call the graph, comma-separated. None are allowed "
        "otherwise.",
    )
    max_connections: int = Field(
        default=20_000,
        ge=1,
        description="Connections that a web process holds at once, idle ones and sockets too. It "
        "holds fewer where it may not open as many files.",
    )
    trusted_documents: Path | None = Field(
        default=None,
        description="A folder of manifests, one `<client>.json` each, of the documents that "
        "clients name instead of sending (docs/how-to/trust-documents.md).",
    )
    trusted_documents_only: bool = Field(
        default=False, description="Whether no other documents run, on any transport."
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="OpenID Connect issuer whose tokens are accepted, besides the built-in ones.",
    )
    oidc_audience: str | None = Field(
        default=None, description="The audience such a token must name. Required with an issuer."
    )
    oidc_claim_prefix: str = Field(
        default="",
        description="What stands before our claims (`role`, `customer_id`, ...) in such a token: "
        "`https://shop.example/`.",
    )
    private_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Networks that are not public and that connections may reach, as "
        "comma-separated CIDR: `10.8.0.0/16`. They are refused otherwise.",
    )
    processes: int = Field(
        default=1,
        ge=1,
        description="How many processes run on this database, web and worker together: each takes "
        "its part of what an external system allows an account.",
    )
    max_sockets: int = Field(
        default=100,
        ge=1,
        description="WebSockets that one caller may have open in one process.",
    )
    max_subscriptions: int = Field(
        default=1000,
        ge=1,
        description="Subscriptions that one caller may have open in one process, over WebSocket "
        "and as event streams together.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is written."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="`json`: one object a line. `console`: for people."
    )

    _lists = field_validator(
        "previous_secret_keys", "cors_origins", "private_networks", mode="before"
    )(_listed)

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, url: str) -> str:
        scheme, separator, rest = url.partition("://")
        if not separator or scheme not in _DRIVERS:
            raise ValueError(f"its scheme is none of {', '.join(sorted(_DRIVERS))}")
        if scheme.startswith("postgres"):  # libpq's word for what asyncpg calls ssl
            rest = rest.replace("sslmode=", "ssl=")
        return f"{_DRIVERS[scheme]}://{rest}"

    @field_validator("secret_key", "previous_secret_keys")
    @classmethod
    def _long_enough(cls, value: SecretStr | tuple[SecretStr, ...] | None) -> object:
        given = value if isinstance(value, tuple) else (value,)
        if any(key and len(key.get_secret_value()) < SECRET_KEY_CHARACTERS for key in given):
            raise ValueError(f"shorter than {SECRET_KEY_CHARACTERS} characters")
        return value

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("not an http(s) address")
        return url.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _over_tls(cls, url: str | None) -> str | None:
        if url and not url.startswith(("https://", *_LOCAL)):
            raise ValueError("not an https address: its keys could be forged on the way")
        return url

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the keys for *purpose*, the current one first; never the secret key itself.

        What is signed for one purpose proves nothing for another.

        Raises: ConfigurationError when there is no secret key.
        """
        if self.secret_key is None:
            raise ConfigurationError(
                "GATEWAY_SECRET_KEY: not set; give it 32 or more random characters"
                " (openssl rand -base64 48)"
            )
        secrets = (self.secret_key, *self.previous_secret_keys)
        return tuple(derive_key(secret.get_secret_value(), purpose) for secret in secrets)


def derive_key(secret: str, purpose: str) -> bytes:
    """Derive 32 bytes for *purpose* from *secret*, by HKDF-SHA256 (RFC 5869)."""
    info = f"unified-commerce-gateway {purpose}".encode()
    return HKDF(SHA256(), DERIVED_KEY_BYTES, salt=None, info=info).derive(secret.encode())


def find_connectors() -> None:
    """Let the registry find the connectors of GATEWAY_CONNECTORS, too: every process does, first.

    Raises: ConfigurationError.
    """
    place = _Extensions().connectors
    try:
        if place:
            registry.include(place)
            registry.discover()
    except ValueError as error:
        raise ConfigurationError(f"GATEWAY_CONNECTORS: {error}") from error


def load(**given: object) -> Settings:
    """Read the environment; *given* fields come before it. Raises: ConfigurationError."""
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = str(first["loc"][0]).upper()
        raise ConfigurationError(f"GATEWAY_{name}: {one_line(first['msg'])}") from None
    if settings.oidc_issuer and not settings.oidc_audience:
        raise ConfigurationError("GATEWAY_OIDC_AUDIENCE: required with GATEWAY_OIDC_ISSUER")
    if settings.trusted_documents_only and not settings.trusted_documents:
        raise ConfigurationError(
            "GATEWAY_TRUSTED_DOCUMENTS: required with GATEWAY_TRUSTED_DOCUMENTS_ONLY"
        )
    return settings
