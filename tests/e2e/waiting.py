"""What tests wait for: things that a server does in its own time."""
import json
import re
import time


def wait_for(look, until=lambda found: True, seconds=40, pause=0.2):
    """What `look` finds, once it finds something for which `until` holds."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found and until(found):
            return found
        assert time.monotonic() < deadline, json.dumps(found, default=str)[:3000]
        time.sleep(pause)


def only(items, fields=("body",)):
    """The only item of a list, or None where it is empty; more than one is a failure."""
    assert len(items) <= 1, [str(item.get(field))[:200] for item in items for field in fields]
    return items[0] if items else None


def verdict(comment):
    """The headline of a report."""
    return re.search(r"^## (.*)$", comment["body"], re.M).group(1)


def is_done(comment):
    return re.search(r"^## Data diff: \d+ of \d+ models", comment["body"], re.M) is not None
