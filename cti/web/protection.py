"""What keeps other sites out: headers on every answer, and whose pages may speak to us.

Must not know any route, nor who is logged in.
"""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

SECRET_LINK = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"}
"""For addresses that are secrets themselves: they stay out of other sites' logs and of every index."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: every answer, errors and files included."""
    response.headers.update(HEADERS)
    if request.path.startswith("/p/"):
        response.headers.update(SECRET_LINK)
    # Cards and calls are personal: they are kept in no cache. Files of the page may be, and are asked for again.
    fresh = "no-cache" if request.path == "/" or request.path.startswith("/static/") else "no-store"
    response.headers.setdefault("Cache-Control", fresh)
    response.headers.pop("Server", None)


def sender_of(request: web.Request, proxies: Collection[str]) -> str:
    """The address out there. A proxy of ours (`proxies` are their addresses) names it last in `X-Forwarded-For`; what
    anybody else says there is not believed."""
    remote = request.remote or ""
    named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return named[:64] if named and remote in proxies else remote


def is_our_page(request: web.Request, public_origins: Collection[str]) -> bool | None:
    """Whether `Origin` is this server's own or a configured one; None when the client sent none (no browser page)."""
    origin = request.headers.get("Origin")
    if origin is None:
        return False if request.headers.get("Sec-Fetch-Site") == "cross-site" else None
    return origin == f"{request.scheme}://{request.host}" or origin in {one.rstrip("/") for one in public_origins}
