#!/usr/bin/env python3
"""What demo.sh asks of a report.

  demo_check.py field REPORT PATH         one value, e.g. artifacts.base.step
  demo_check.py warning REPORT FIELD      a field of the artifacts_missing warning; empty where there is none
  demo_check.py models REPORT             the names of the models that the report lists
  demo_check.py figures REPORT DUCKDB     holds the report's figures against SQL run directly on the tables
"""
import json
import sys

KEYS = {"stg_sales": ["sale_id"], "sales": ["sale_id"], "bakery_days": ["bakery_id", "sold_on"],
        "bread_ranking": ["bread_id"], "card_holders": ["card_id"]}


def counted(connection, prod, pr, keys):
    """Rows removed, added and changed, over the columns that both tables have."""
    def columns(table):
        return [row[0] for row in connection.sql(f"describe {table}").fetchall()]

    shared = [c for c in columns(prod) if c in columns(pr) and c not in keys]
    same_key = " and ".join(f"a.{k} = b.{k}" for k in keys)
    differs = " or ".join(f"a.{c} is distinct from b.{c}" for c in shared)
    return tuple(connection.sql(f"select count(*) from {sql}").fetchall()[0][0] for sql in (
        f"{prod} a anti join {pr} b on {same_key}", f"{pr} a anti join {prod} b on {same_key}",
        f"{prod} a join {pr} b on {same_key} where {differs}"))


def figures(report, path):
    import duckdb
    connection = duckdb.connect(path, read_only=True)
    models = {m["name"]: m for m in report["models"] if m["resource_type"] == "model"}
    wrong = 0
    for name, keys in KEYS.items():
        model = models.get(name)
        if not model:
            print(f"    {name}: not in the report")
            wrong += 1
            continue
        prod, pr = (".".join(f'"{part}"' for part in model[side]) for side in ("prod", "pr"))
        expected = counted(connection, prod, pr, keys)
        summary = model["diff"]["summary"]
        reported = (*summary["pks"]["exclusives"], summary["values"]["rows_with_differences"])
        wrong += reported != expected
        print("    {}: {} removed, {} added, {} changed: {}".format(
            name, *reported, "SQL says the same" if reported == expected else f"SQL says {expected}"))
    for name, change in (("regulars", "new"), ("card_holders", "modified")):
        if name not in models or models[name]["change"] != change:
            print(f"    {name}: should be in the report as {change}")
            wrong += 1
    return 1 if wrong else 0


def main():
    command, path, *rest = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    if command == "figures":
        return figures(report, rest[0])
    if command == "field":
        value = report
        for part in rest[0].split("."):
            value = value[part]
        print(value)
    elif command == "warning":
        print(next((w[rest[0]] for w in report["warnings"] if w["code"] == "artifacts_missing"), ""))
    elif command == "models":
        print(*[m["name"] for m in report["models"]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
