#!/usr/bin/python3
"""Validates what alert_json and incident_json write, with usual and hostile contents, by the schemas in docs/."""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema


def validators(docs):
    alert, incident = (json.loads((docs / f"{name}.schema.json").read_text()) for name in ("alert", "incident"))
    store = {schema["$id"]: schema for schema in (alert, incident)}
    for schema in (alert, incident):
        jsonschema.Draft202012Validator.check_schema(schema)
        resolver = jsonschema.RefResolver.from_schema(schema, store=store)
        yield jsonschema.Draft202012Validator(schema, resolver=resolver)


def load(path):
    raw = path.read_bytes()
    assert all(byte == 0x0a or 0x20 <= byte < 0x7f for byte in raw), f"{path}: more than printable ASCII"
    return json.loads(raw)


def main():
    of_alert, of_incident = validators(pathlib.Path(sys.argv[2]))
    kinds, keys = set(), set()
    with tempfile.TemporaryDirectory() as directory:
        count = int(subprocess.run([sys.argv[1], directory], check=True, capture_output=True).stdout)
        for number in range(count):
            path = pathlib.Path(directory) / f"{number}.json"
            assert path.stat().st_size < 400_000, path.stat().st_size
            incident = load(path)
            of_incident.validate(incident)
            # No longer or shorter than the mail tells.
            assert len(incident["docker_anomalies.alerts"]) in (3, 4)
            for alert in load(pathlib.Path(directory) / f"alert-{number}.json"):
                of_alert.validate(alert)
                kinds.add(alert["docker_anomalies.alert.kind"])
                keys |= alert.keys()
            keys |= incident["docker_anomalies.alerts"][0].keys()
    assert kinds == set(of_alert.schema["$defs"]["kind"]["enum"]), kinds
    assert any(key.startswith("container.label.") for key in keys), "no label in any of them"
    never = of_alert.schema["properties"].keys() - keys - {"docker_anomalies.evidence.left_out"}
    assert not never, f"in the schema, and never written: {never}"

    # The schema refuses what it should.
    broken = dict(alert, **{"docker_anomalies.alert.kind": "odd"})
    assert not of_alert.is_valid(broken) and not of_alert.is_valid(dict(alert, more=1))
    print(f"{count} incidents are as the schemas say")


main()
