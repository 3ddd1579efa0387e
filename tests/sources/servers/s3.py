"""An object store of the tests' own: moto's server, behind a layer that fails as told."""

from __future__ import annotations

import sys

from tests.sources.servers.faults import Faulty


def _serve(port: int) -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import run_simple

    store = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", port, Faulty(store), threaded=True)


def refusal(code: str, message: str = "told") -> str:
    """Return the body of a refusal as stores write it."""
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
