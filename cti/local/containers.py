"""`python -m cti.local.containers`: prepares what the containers of docker-compose.yml start from, then ends; with
`health`, says whether the daemon serves.

Must not know how containers are built or started.
"""

from __future__ import annotations

import asyncio
import sys

from cti.errors import RingwardError
from cti.local.announce import demo_description, screen_lines, web_url, write_demo_json
from cti.local.asterisk import FOLDERS
from cti.local.demo import read_company
from cti.local.installation import prepare_home
from cti.local.prepare import prepare
from cti.local.readiness import wait_for_page
from cti.settings import Settings, home_from_environment
from dialplan.site import Paths

HEALTH_SECONDS = 3.0
"""Less than the health check's own time-out in docker-compose.yml, so that the sentence is in its log."""

COMMAND = "docker-compose exec -T daemon ringward"
ASTERISK_CLI = "docker-compose exec -T asterisk asterisk -C /ringward/etc/asterisk.conf -rx"


def main(arguments: list[str]) -> int:
    """Prepare, or look; the exit status."""
    try:
        if arguments == ["health"]:
            asyncio.run(wait_for_page(f"{web_url(Settings())}/readyz", HEALTH_SECONDS))
        else:
            _set_up()
    except RingwardError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


def _set_up() -> None:
    settings = prepare_home(home_from_environment())
    for folder in FOLDERS:
        (settings.asterisk_config_dir.parent / folder).mkdir(mode=0o750, parents=True, exist_ok=True)
    company = read_company()
    secrets = prepare(settings, company, Paths(), print)
    description = demo_description(settings, company, secrets, ASTERISK_CLI)
    description["command"] = COMMAND
    write_demo_json(settings, description)
    for line in screen_lines(settings, company, description):
        print(line)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
