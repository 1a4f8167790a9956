"""Who may talk to the lab: only pages that the lab itself served, to whoever knows the token of its address."""

import hmac
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}


class Guard:
    """Stands before every route, method and socket.

    A request must name one of the lab's own hosts, may name no foreign origin, and carries the token in a cookie. The
    first one brings it in the address, ``/?token=…``, and is sent on to the address without it.

    Parameters
    ----------
    app : ASGI application
    token : str
    hosts : iterable of str
        Values of Host that are the lab's: ``127.0.0.1:8765``.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str], port: int) -> None:
        self._app, self._token, self._hosts = app, token, frozenset(hosts)
        # Cookies do not know ports: two labs of one machine must not overwrite each other's.
        self._cookie = f"seedbed-lab-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_socket = scope["type"] == "websocket"
        if reason := self._refusal(headers, is_socket):
            await self._refuse(scope, receive, send, 403, reason)
            return
        offered = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and not is_socket and offered:
            if not hmac.compare_digest(offered.encode(), self._token.encode()):
                await self._refuse(
                    scope, receive, send, 403, "This token is not the lab's. Use the address it printed."
                )
                return
            response = RedirectResponse("/", status_code=303, headers=_HEADERS)
            response.set_cookie(self._cookie, self._token, httponly=True, samesite="lax")
            await response(scope, receive, send)
            return
        if not self._has_token(headers):
            await self._refuse(
                scope, receive, send, 403, "This lab wants its token. Open the address that 'seedbed lab' printed."
            )
            return
        await self._app(scope, receive, _with_headers(send))

    def _refusal(self, headers: Headers, is_socket: bool) -> str:
        if headers.get("host", "") not in self._hosts:
            return "This lab answers under its own address only."
        origin = headers.get("origin")
        if origin is None:
            # Browsers always name the origin of a socket; who does not is no page.
            return "A page must say where it comes from." if is_socket else ""
        return "" if urlsplit(origin).netloc in self._hosts else "Pages from elsewhere are not answered."

    def _has_token(self, headers: Headers) -> bool:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._token.encode())

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": reason})
            return
        await PlainTextResponse(f"{reason}\n", status, headers=_HEADERS)(scope, receive, send)


def new_token() -> str:
    """256 random bits, for an address."""
    return secrets.token_urlsafe(32)


def _with_headers(send: Send) -> Send:
    """Add the safety headers to every answer."""

    async def sending(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            own = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
            given = {name for name, _ in own}
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in given]  # type: ignore[attr-defined]
            message = message | {"headers": [*kept, *own]}
        await send(message)

    return sending  # type: ignore[return-value]
