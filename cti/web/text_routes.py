"""The page's dictionary, and the plan of a call put into words.

Must not know how either is made.
"""

from __future__ import annotations

from cti.errors import NotFound
from cti.web.operations import Access, Asked, Operations
from cti.wording import catalogue, known_language

operations = Operations()


@operations.route("GET", "/translations/{language}", answer=dict[str, str], access=Access.PUBLIC)
async def read_translations(asked: Asked) -> dict[str, str]:
    """The page's dictionary: English to the reader's language."""
    language = known_language(asked.path("language"))
    if language is None:
        raise NotFound("there is no such language here; zh-Hant and en there are")
    return catalogue(language)
