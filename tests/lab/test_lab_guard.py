"""Who may talk to the lab: every route and method, and the socket, from a process of its own."""

import contextlib
import json
import socket
import time

import pytest
from lab_server import LabServer
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from seedbed.lab.app import MOST_EXPERIMENTS, page_files
from seedbed.lab.server import own_names
from seedbed.lab.wire import MOST_BYTES

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
PATHS = ["/socket", "/nothing", "/docs", "/openapi.json", *page_files()]
STRANGERS = {
    "no cookie": {"Cookie": ""},
    "empty cookie": {"Cookie": "seedbed-lab-{port}="},
    "wrong token": {"Cookie": "seedbed-lab-{port}=A" + "B" * 42},
    "longer token": {"Cookie": "{cookie}x"},
    "another lab's cookie": {"Cookie": "seedbed-lab-1={token}"},
    "a broken cookie": {"Cookie": 'seedbed-lab-{port}="\\777;=;,'},
    "another host": {"Host": "evil.example"},
    "another host with the port": {"Host": "evil.example:{port}"},
    "a rebound name": {"Host": "127.0.0.1.evil.example:{port}"},
    "no host": {"Host": ""},
    "another port": {"Host": "127.0.0.1:1"},
    "a foreign origin": {"Origin": "http://evil.example"},
    "a foreign origin with the host in it": {"Origin": "http://127.0.0.1:{port}.evil.example"},
    "a foreign origin with the host as its user": {"Origin": "http://127.0.0.1:{port}@evil.example"},
    "another port's origin": {"Origin": "http://127.0.0.1:1"},
    "no place of origin": {"Origin": "null"},
}
SAFETY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with LabServer(tmp_path_factory.mktemp("lab") / "log.txt") as server:
        yield server
    log = server.log.read_text()
    assert server.token not in log
    assert "Traceback" not in log, log


def filled(headers, lab):
    return {name: value.format(port=lab.port, token=lab.token, cookie=lab.cookie) for name, value in headers.items()}


def check_headers(answer):
    for name, value in SAFETY.items():
        assert answer.headers[name] == value
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "*" not in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_are_refused_on_every_route_and_method(lab, stranger):
    headers = filled(STRANGERS[stranger], lab)
    for path in PATHS:
        for method in METHODS:
            answer = lab.ask(path, method, **headers)
            # Without a host it is no request at all.
            assert answer.status == 403 or (stranger == "no host" and answer.status == 400), (path, method)
            assert b"import" not in answer.body and b"<" not in answer.body
            if answer.status == 403:
                check_headers(answer)


@pytest.mark.parametrize("path", page_files())
def test_the_page_is_served_to_who_knows_the_token(lab, path):
    content, kind = page_files()[path]
    answer = lab.ask(path)
    assert (answer.status, answer.body) == (200, content)
    assert answer.headers["content-type"].startswith(kind)
    check_headers(answer)
    assert lab.token.encode() not in answer.body
    assert lab.ask(path, Host=f"localhost:{lab.port}", Origin=f"http://localhost:{lab.port}").status == 200


@pytest.mark.parametrize("method", METHODS[1:])
def test_nothing_but_reading_is_possible(lab, method):
    for path in ("/", "/main.js", "/socket", "/nothing"):
        answer = lab.ask(path, method)
        assert answer.status in (404, 405), path
        check_headers(answer)


def test_the_address_that_was_printed_gives_the_cookie_and_hides_the_token(lab):
    answer = lab.ask(f"/?token={lab.token}", Cookie="")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{lab.cookie};")
    assert "HttpOnly" in cookie and "SameSite" in cookie
    check_headers(answer)


@pytest.mark.parametrize("token", ["wrong", "", "%00", "%FF%FE", "%EA%B0%80", "x" * 5000])
def test_a_wrong_token_gives_no_cookie(lab, token):
    answer = lab.ask(f"/?token={token}", Cookie="")
    assert answer.status == 403
    assert "set-cookie" not in answer.headers
    if token:
        # Who has the cookie and a wrong token is told, too.
        assert lab.ask(f"/?token={token}").status in (200, 403)
    check_headers(answer)


@pytest.mark.parametrize(
    "target",
    [
        "/../app.py",
        "/../../lab/app.py",
        "/page/../app.py",
        "/vendor/../../app.py",
        "/..%2fapp.py",
        "/%2e%2e/app.py",
        "/%2e%2e%2fapp.py",
        "/..%5capp.py",
        "/%252e%252e/app.py",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/etc/passwd",
        "/main.js%00.html",
        "/main.js%00",
        "/%00",
        "/main.js/",
        "/./main.js",
        "/MAIN.JS",
        "/vendor",
        "/vendor/",
        "/page/main.js",
        "/index.html/..",
        "/file:///etc/passwd",
        "/" + "a/" * 2000,
        "/%ff%fe",
        "/vendor/LICENSE-htm.txt",
        "/app.py",
        "/docs",
        "/openapi.json",
        "/redoc",
    ],
)
def test_no_other_path_gives_a_file(lab, target):
    answer = lab.ask(target)
    assert answer.status == 404
    assert answer.body == b"There is nothing here.\n"
    check_headers(answer)


def open_socket(lab, **changed):
    headers = {"Host": lab.host, "Cookie": lab.cookie, "Origin": f"http://{lab.host}"} | changed
    query = headers.pop("Query", "")
    given = {name: value for name, value in headers.items() if value and name not in ("Host", "Origin")}
    # The client writes Host from the address; the socket below goes to the lab all the same.
    host = headers["Host"] or lab.host
    return connect(
        f"ws://{host}/socket{query}",
        sock=socket.create_connection(("127.0.0.1", lab.port)),
        origin=headers["Origin"] or None,
        additional_headers=given,
        user_agent_header=None,
        compression=None,
        max_size=None,
        open_timeout=20,
    )


@pytest.mark.parametrize("stranger", [*(name for name in STRANGERS if name != "no host"), "no origin"])
def test_strangers_get_no_socket(lab, stranger):
    headers = {"Origin": ""} if stranger == "no origin" else filled(STRANGERS[stranger], lab)
    with pytest.raises(InvalidStatus) as caught:
        open_socket(lab, **headers)
    assert caught.value.response.status_code == 403


def read(page, topic, timeout=30):
    """The first text message of a topic."""
    end = time.monotonic() + timeout
    while True:
        message = page.recv(timeout=end - time.monotonic())
        if isinstance(message, str) and (found := json.loads(message))["topic"] == topic:
            return found


def test_a_page_gets_a_socket_and_its_experiment(lab):
    with open_socket(lab) as page:
        hello = read(page, "hello")
        assert hello["is_new"] and len(hello["experiment"]) >= 20
        page.send(json.dumps({"kind": "configure", "values": {"data": "digits", "network": "softmax"}}))
        assert read(page, "experiment")["data"]["name"] == "digits"
    with open_socket(lab, Query=f"?experiment={hello['experiment']}") as page:
        back = read(page, "hello")
        assert (back["experiment"], back["is_new"]) == (hello["experiment"], False)


@pytest.mark.parametrize("name", ["unknown", "..", "%00", "x" * 3000, "<script>", "%ED%A0%80"])
def test_a_name_that_is_unknown_begins_a_new_experiment(lab, name):
    with open_socket(lab, Query=f"?experiment={name}") as page:
        hello = read(page, "hello")
        assert hello["is_new"] and hello["experiment"] != name


def test_an_experiment_belongs_to_one_page(lab):
    """A page that is opened twice, as by 'duplicate tab', gets an experiment of its own."""
    with open_socket(lab) as first:
        name = read(first, "hello")["experiment"]
        with open_socket(lab, Query=f"?experiment={name}") as second:
            hello = read(second, "hello")
            assert hello["is_new"] and hello["experiment"] != name
        first.send(json.dumps({"kind": "configure", "values": {"data": "digits", "network": "softmax"}}))
        read(first, "experiment")


def ends(page, code):
    with pytest.raises(ConnectionClosed) as caught:
        for _ in range(10_000):
            page.recv(timeout=20)
    assert caught.value.rcvd is not None and caught.value.rcvd.code == code


def test_a_long_message_ends_the_socket(lab):
    with open_socket(lab) as page:
        read(page, "hello")
        page.send(" " * (MOST_BYTES + 1))
        ends(page, 1009)


def test_a_flood_ends_the_socket(lab):
    with open_socket(lab) as page:
        read(page, "hello")
        with contextlib.suppress(ConnectionClosed):
            for _ in range(2000):
                page.send('{"kind":"pause"}')
        ends(page, 1008)


def test_bytes_end_the_socket(lab):
    with open_socket(lab) as page:
        read(page, "hello")
        page.send(b'{"kind":"play"}')
        ends(page, 1003)


@pytest.mark.parametrize(
    "text", ["{", "", "\n\n", '{"kind":"fly"}', "가 \N{GRINNING FACE}", '{"kind":"play"}\n{"kind":"fly"}']
)
def test_nonsense_is_told_and_the_socket_stays(lab, text):
    with open_socket(lab) as page:
        read(page, "hello")
        page.send(text)
        read(page, "error")
        page.send(json.dumps({"kind": "configure", "values": {"data": "digits", "network": "softmax"}}))
        read(page, "experiment")


def test_there_is_a_bound_of_experiments():
    assert MOST_EXPERIMENTS <= 64


def test_a_lab_for_the_network_answers_under_its_addresses_and_one_for_itself_does_not() -> None:
    assert own_names("127.0.0.1") == ["127.0.0.1", "127.0.0.1", "localhost"]
    assert own_names("10.1.2.3") == ["10.1.2.3"]
    everywhere = own_names("0.0.0.0")
    assert {"127.0.0.1", "localhost"} < set(everywhere) and "0.0.0.0" not in everywhere
