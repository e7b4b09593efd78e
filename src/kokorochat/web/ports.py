"""Whether a port can be listened on."""

import socket

from kokorochat.domain.errors import InputError


def check_port(host: str, port: int, remedy: str) -> None:
    """See that nobody listens there.

    Raises:
        InputError: somebody does, or it is no port.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as fault:
            problem = fault.strerror if isinstance(fault, OSError) else "is no port; ports go from 1 to 65535"
            raise InputError(f"{host}:{port}", str(problem), remedy) from None
