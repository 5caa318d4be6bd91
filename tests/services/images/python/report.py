"""A nightly job, started beside the service: counts the orders."""

import json
import time

from store import database

rows = database().execute("SELECT item, COUNT(*) FROM orders GROUP BY item").fetchall()
with open(f"/srv/data/report-{time.strftime('%Y%m%d')}.json", "w", encoding="utf-8") as file:
    json.dump(rows, file)
