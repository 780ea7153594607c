"""What is started, and when it is refused: the supervisor's configuration, the lock of the folder, the port."""

import configparser
import dataclasses
import socket
from pathlib import Path

import pytest

from config.local.launcher import LaunchError, check_port, hold_alone
from config.local.supervisord import find_control_socket, make_configuration
from config.settings import Settings

_OWN_SERVERS = {"database_url": "postgresql://db.example.org/baraza", "redis_url": "redis://queue.example.org"}


def _read(settings: Settings) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(make_configuration(settings))
    return parser


def test_web_worker_scheduler_and_keeper_run_under_the_supervisor(settings: Settings) -> None:
    sections = _read(settings).sections()
    assert {"program:webhooks", "program:pages", "program:worker", "program:scheduler", "program:keeper"} <= set(
        sections
    )


def test_the_keeper_starts_before_and_stops_after_all_others(settings: Settings) -> None:
    read = _read(settings)
    keeper = int(read["program:keeper"]["priority"])
    assert all(keeper < int(read[name]["priority"]) for name in ("group:baraza", "program:webhooks", "program:worker"))


def test_with_both_addresses_configured_no_keeper_runs(settings: Settings) -> None:
    assert "program:keeper" not in _read(dataclasses.replace(settings, **_OWN_SERVERS)).sections()


@pytest.mark.parametrize("name", _OWN_SERVERS)
def test_with_one_address_configured_the_keeper_runs(settings: Settings, name: str) -> None:
    changed = dataclasses.replace(settings, **{name: _OWN_SERVERS[name]})
    assert "program:keeper" in _read(changed).sections()


def test_as_many_workers_run_as_are_set(settings: Settings) -> None:
    assert _read(dataclasses.replace(settings, workers=3))["program:worker"]["numprocs"] == "3"


@pytest.mark.parametrize(("web_workers", "count"), [(1, "2"), (2, "2"), (4, "4")])
def test_two_web_processes_of_each_kind_run_at_least(settings: Settings, web_workers: int, count: str) -> None:
    read = _read(dataclasses.replace(settings, web_workers=web_workers))
    assert [read[f"program:{kind}"]["numprocs"] for kind in ("webhooks", "pages")] == [count, count]


def test_no_path_stands_in_the_configuration(settings: Settings) -> None:
    assert str(settings.var) not in make_configuration(settings)


def test_a_path_that_is_too_long_for_a_socket_gets_none(settings: Settings, tmp_path: Path) -> None:
    deep = dataclasses.replace(settings, var=tmp_path / ("x" * 120))
    assert find_control_socket(deep) is None
    assert "unix_http_server" not in make_configuration(deep)


def test_a_folder_serves_one_at_a_time(tmp_path: Path) -> None:
    with hold_alone(tmp_path), pytest.raises(LaunchError, match="already runs"), hold_alone(tmp_path):
        pass
    with hold_alone(tmp_path):
        pass


def test_a_port_in_use_is_told_in_one_line(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LaunchError, match=f"port {port} ") as caught:
            check_port(dataclasses.replace(settings, port=port))
    assert "\n" not in str(caught.value)
    check_port(dataclasses.replace(settings, port=port))


def test_the_port_of_webhooks_is_told_too(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(LaunchError, match="WEBHOOK_PORT"):
        check_port(dataclasses.replace(settings, port=0, webhook_port=taken.getsockname()[1]))


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_that_cannot_be_is_told_in_one_line(settings: Settings, port: int) -> None:
    with pytest.raises(LaunchError, match=f"port {port} "):
        check_port(dataclasses.replace(settings, port=port))
