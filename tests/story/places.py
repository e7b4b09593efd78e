"""Where words of people must never be found, and a search that would find them there in any common writing."""

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
from redis import Redis

from kokorochat.web.replay.spawn import Platform


def stands_in(word: str, content: bytes) -> bool:
    """Whether an ASCII word stands there: plain in any case, in UTF-16, or in base64 at any offset."""
    plain = word.encode()
    writings = [plain.lower(), plain.lower().decode().encode("utf-16-le")]
    if any(writing in content.lower() for writing in writings):
        return True
    # What is left of a word in base64 when its first and last characters are mixed with its neighbours.
    return any(base64.b64encode(b"\0" * shift + plain)[4:-4] in content for shift in range(3))


@contextlib.contextmanager
def monitored(redis_url: str) -> Iterator[bytearray]:
    """Every command that a Redis is given meanwhile, by anybody: what is stored, and what is only passed on."""
    place = urlsplit(redis_url)
    heard = bytearray()
    with socket.create_connection((place.hostname, place.port)) as line:
        line.sendall(b"MONITOR\r\n")
        assert line.recv(5) == b"+OK\r\n"

        def listen() -> None:
            with contextlib.suppress(OSError):
                while part := line.recv(65536):
                    heard.extend(part)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield heard
        line.shutdown(socket.SHUT_RDWR)
        thread.join()


def in_redis(redis: Redis) -> bytes:
    """Every key with its value."""
    read = {
        b"string": redis.get,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
        b"hash": redis.hgetall,
    }
    return b"\n".join(key + b" " + str(read[redis.type(key)](key)).encode() for key in redis.scan_iter())


def in_arguments() -> bytes:
    """The arguments of every process of this machine."""
    found = b""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += file.read_bytes()
    return found


def in_files(folder: Path) -> bytes:
    """Names and contents of all files in a folder and those below it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"".join(str(path).encode() + path.read_bytes() for path in files)


def in_statements(postgres: str) -> bytes:
    """What PostgreSQL shows of the statements that run, or have run last, on each connection."""
    with psycopg.connect(postgres.replace("postgres:", "postgresql:", 1)) as connection:
        rows = connection.execute("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
    return "\n".join(query for (query,) in rows if query).encode()


def in_metrics(platform: Platform, token: str) -> bytes:
    """What a Prometheus reads."""
    answer = httpx.get(f"{platform.url}/metrics", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert answer.status_code == 200
    return answer.content
