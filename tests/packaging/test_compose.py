"""The Compose file: valid, complete, and in agreement with the program's settings and the image."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from datasources.core.connections import DatabaseUrls
from datasources.core.databases import Database
from gateway.cli import main
from gateway.embedded.postgres import DATABASES
from gateway.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")

# The Compose Specification's own schema, under the licence beside it.
SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))

PASSWORDS = {
    "POSTGRES_PASSWORD": "postgres-secret",
    "MONGO_PASSWORD": "mongo-secret",
    "MONGO_ROOT_PASSWORD": "mongo-root-secret",
    "REDIS_PASSWORD": "redis-secret",
    "GATEWAY_JWT_SECRET": "0123456789abcdef0123456789abcdef",
}
GATEWAYS = ("gateway", "worker", "migrate")
ONE_SHOT = "migrate"
UNCHECKED = "worker"

# PostgreSQL keeps three for its superuser; health checks and migrations open a few outside the pools.
CONNECTIONS_TO_SPARE = 50

INTERPOLATION = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<operator>:[?-])(?P<argument>[^}]*))?\})")


class MissingVariable(Exception):
    """A variable that the file needs and the environment does not set."""


def interpolate(node: Any, environ: Mapping[str, str]) -> Any:
    """Put variables into every text of the parsed file, as Compose does, for the forms that are used here."""
    if isinstance(node, dict):
        return {key: interpolate(value, environ) for key, value in node.items()}
    if isinstance(node, list):
        return [interpolate(value, environ) for value in node]
    if not isinstance(node, str):
        return node

    def value(match: re.Match[str]) -> str:
        if match["name"] is None:
            return "$"
        found = environ.get(match["name"], "")
        if found or match["operator"] is None:
            return found
        if match["operator"] == ":?":
            raise MissingVariable(match["name"])
        return match["argument"]

    return INTERPOLATION.sub(value, node)


def load(**environ: str) -> dict[str, Any]:
    """The file as Compose would take it with the passwords and these variables."""
    loaded = interpolate(yaml.safe_load(TEXT), PASSWORDS | environ)
    assert isinstance(loaded, dict)
    return loaded


def services(**environ: str) -> dict[str, dict[str, Any]]:
    """The file's services by name."""
    found: dict[str, dict[str, Any]] = load(**environ)["services"]
    return found


def settings_of(service: str, **environ: str) -> Settings:
    """What the program reads from the environment that a service gives it."""
    return read_settings(services(**environ)[service]["environment"])


def test_it_fits_the_specification() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(load())


def test_the_schema_refuses_what_the_specification_does_not_know() -> None:
    broken = load()
    broken["services"]["gateway"]["helthcheck"] = {}
    with pytest.raises(jsonschema.ValidationError, match="helthcheck"):
        jsonschema.Draft202012Validator(SCHEMA).validate(broken)


@pytest.mark.parametrize("variable", PASSWORDS)
def test_it_asks_for_every_password(variable: str) -> None:
    with pytest.raises(MissingVariable, match=variable):
        load(**{variable: ""})


def test_it_holds_no_password_and_no_dollar_that_compose_would_not_know() -> None:
    assert set(re.findall(r"\w*(?:PASSWORD|SECRET)\w*(?==|: [^$\s])", TEXT)) == set()
    assert "$" not in INTERPOLATION.sub("", TEXT)


@pytest.mark.parametrize("service", GATEWAYS)
def test_the_program_accepts_its_environment(service: str) -> None:
    settings = settings_of(service, GATEWAY_CORS_ORIGINS="https://shop.example")
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)  # noqa: S104  # inside its container
    assert settings.cors_origins == ("https://shop.example",)
    assert not settings.graphiql
    assert not settings.show_calls
    assert settings.trusted_proxies == (load()["services"]["proxy"]["networks"]["edge"]["ipv4_address"],)


@pytest.mark.parametrize("service", GATEWAYS)
def test_the_program_knows_every_variable_that_it_is_given(service: str) -> None:
    read = _Noting(services()[service]["environment"])
    read_settings(read)
    assert set(read) - read.asked == set()


@pytest.mark.parametrize(
    ("name", "host", "database", "password"),
    [
        ("users", "postgres", "UserDb", "postgres-secret"),
        ("products", "mongo", "ProductDb", "mongo-secret"),
        ("inventory", "postgres", "InventoryDb", "postgres-secret"),
        ("carts", "postgres", "CartDb", "postgres-secret"),
        ("carts_redis", "redis", "0", "redis-secret"),
        ("orders", "postgres", "OrderDb", "postgres-secret"),
        ("payments", "postgres", "PaymentDb", "postgres-secret"),
        ("notifications", "mongo", "NotificationDb", "mongo-secret"),
    ],
)
def test_each_url_leads_to_its_database(name: str, host: str, database: str, password: str) -> None:
    assert name in DatabaseUrls.__dataclass_fields__
    url = urlsplit(getattr(settings_of("gateway").urls, name))
    assert (url.hostname, url.path, url.password) == (host, f"/{database}", password)
    assert host in services()


def test_every_database_is_created() -> None:
    created = re.findall(
        r'CREATE DATABASE "(\w+)" OWNER gateway;', load()["configs"]["postgres-databases"]["content"]
    )
    assert tuple(created) == DATABASES


def test_mongodb_is_the_replica_set_that_the_urls_name() -> None:
    file = load()
    command = file["services"]["mongo"]["command"]
    assert command[command.index("--replSet") + 1] == "rs0"
    assert '_id: "rs0"' in file["configs"]["mongo-ready"]["content"]
    for url in (settings_of("gateway").urls.products, settings_of("gateway").urls.notifications):
        assert "replicaSet=rs0" in url


def test_redis_keeps_what_it_is_given() -> None:
    command = " ".join(services()["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_two_gateways_and_a_worker_start_after_one_migration() -> None:
    gateway, worker, migrate = (services()[name] for name in GATEWAYS)
    assert (gateway["deploy"]["replicas"], worker["command"]) == (2, ["worker"])
    assert gateway["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert worker["depends_on"] == gateway["depends_on"]
    assert set(migrate["depends_on"]) == {"postgres", "mongo"}
    assert migrate["restart"] == "no"


def test_every_service_is_checked_and_comes_back() -> None:
    lasting = {name: service for name, service in services().items() if name != ONE_SHOT}
    unchecked = {name: service for name, service in lasting.items() if "test" not in service["healthcheck"]}
    # The image's own check asks a port, which this one does not have.
    assert {name: service["healthcheck"] for name, service in unchecked.items()} == {
        UNCHECKED: {"disable": True}
    }
    assert {name for name, service in lasting.items() if service["restart"] != "unless-stopped"} == set()


def test_whoever_waits_for_health_waits_for_something_that_has_it() -> None:
    file = services()
    for service in file.values():
        for name, condition in service.get("depends_on", {}).items():
            one_shot = condition["condition"] == "service_completed_successfully"
            assert one_shot or "test" in file[name]["healthcheck"]


def test_the_databases_are_out_of_reach_and_keep_their_data() -> None:
    file = load()
    assert file["networks"]["data"] == {"internal": True}
    for name in ("postgres", "mongo", "redis"):
        service = file["services"][name]
        assert service["networks"] == ["data"]
        assert "ports" not in service
        volumes = {volume.split(":")[0] for volume in service["volumes"]}
        assert volumes <= set(file["volumes"])
    assert [name for name, service in file["services"].items() if "ports" in service] == ["proxy"]
    assert [*file["services"]["proxy"]["networks"]] == ["edge"]


def test_everything_declared_is_used_and_everything_used_is_declared() -> None:
    file = load()
    used = [
        config["source"] for service in file["services"].values() for config in service.get("configs", [])
    ]
    assert sorted(used) == sorted(file["configs"])
    assert {network for service in file["services"].values() for network in service["networks"]} == set(
        file["networks"]
    )


@pytest.mark.parametrize("service", GATEWAYS)
def test_commands_exist(service: str) -> None:
    (command,) = services()[service]["command"]
    assert command in main.commands


async def test_postgresql_takes_the_connections_of_every_process() -> None:
    file = services()
    settings = settings_of("gateway")
    pools = Database("users", settings.urls.users, pool_size=settings.pool_size)
    transactions = pools._transactions().pool
    most = settings.pool_size + transactions.size() + transactions._max_overflow  # type: ignore[attr-defined]  # QueuePool's
    lasting = [file[name] for name in GATEWAYS if name != ONE_SHOT]
    processes = sum(service.get("deploy", {}).get("replicas", 1) for service in lasting)
    (limit,) = re.findall(r"max_connections=(\d+)", " ".join(file["postgres"]["command"]))
    assert int(limit) >= processes * len(DATABASES) * most + CONNECTIONS_TO_SPARE
    await pools.close()


class _Noting(dict[str, str]):
    """An environment that notes what it is asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)
