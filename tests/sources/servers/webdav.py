"""A WebDAV server of the tests' own: WsgiDAV on cheroot, behind a layer that fails as told.

Arguments: port, folder, "basic" or "digest", password; a certificate and its key where it shall speak TLS.
"""

from __future__ import annotations

import sys

from tests.sources.servers.faults import Faulty

ACCOUNT = "scan"


def _serve(port: int, folder: str, scheme: str, password: str, *certificate: str) -> None:
    from cheroot import wsgi
    from wsgidav.wsgidav_app import WsgiDAVApp

    files = WsgiDAVApp(
        {
            "provider_mapping": {"/": folder},
            "simple_dc": {"user_mapping": {"*": {ACCOUNT: {"password": password}}}},
            "http_authenticator": {
                "accept_basic": scheme == "basic",
                "accept_digest": scheme == "digest",
                "default_to_digest": scheme == "digest",
            },
            "verbose": 1,
            "logging": {"enable": False},
        }
    )
    server = wsgi.Server(("127.0.0.1", port), Faulty(files), numthreads=4)
    if certificate:
        from cheroot.ssl.builtin import BuiltinSSLAdapter

        server.ssl_adapter = BuiltinSSLAdapter(*certificate)
    server.start()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), *sys.argv[2:])
