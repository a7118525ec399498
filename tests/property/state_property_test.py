#!/usr/bin/env python3
"""Holds `vernier dbt compare` against the plain reference of dbt's state comparison.

  state_property_test.py PROGRAM [CASES] [SEED]

Random manifests, from a small generator and from the real ones of the conformance corpus, are edited at
random; for random selectors the program must print the ids that the reference finds, or fail where it fails.
Written with its keys in another order and other white space, a manifest must compare as before.
Exits with 77 where the program or the reference is not there.
"""
import copy
import datetime
import gzip
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
import tempfile

SHARED = pathlib.Path(__file__).resolve().parents[3] / "shared" / "conformance"
TYPES = {  # section of each type
    "model": "nodes", "seed": "nodes", "snapshot": "nodes", "test": "nodes", "analysis": "nodes",
    "operation": "nodes", "source": "sources", "exposure": "exposures", "metric": "metrics",
    "semantic_model": "semantic_models", "saved_query": "saved_queries", "unit_test": "unit_tests",
    "function": "functions",
}
VALUES = ["x", "y", "", None, True, False, 1, 1.0, 0, 2.5, 10**30, [], ["x"], ["y", "x"], {}, {"k": 1}, "\u00e9\u0301"]
CONFIG_KEYS = ["materialized", "meta", "tags", "group", "schema", "database", "alias", "severity", "where", "enabled",
               "pre-hook", "pre_hook", "persist_docs", "my.key", "store_failures"]
CONSTRAINTS = [{"type": "not_null"}, {"type": "unique", "name": "u"}, {"type": "check", "expression": "a > 1"},
               {"type": "primary_key", "warn_unenforced": False}]
STATES = ["modified", "modified", "modified", "new", "old", "unmodified", "modified.body", "modified.configs",
          "modified.relation", "modified.persisted_descriptions", "modified.macros", "modified.contract"]
DATES = [None, "2001-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"]


def load_reference():
    spec = importlib.util.spec_from_file_location("reference", SHARED / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Maker:
    """Makes and edits manifests out of one random source."""

    def __init__(self, rng):
        self.rng = rng

    def some(self, items, chance=0.3):
        return [x for x in items if self.rng.random() < chance]

    def config(self):
        return {k: self.rng.choice(VALUES) for k in self.some(CONFIG_KEYS, 0.25)}

    def columns(self):
        return {n: {"name": n, "description": self.rng.choice(["", "d"]), "meta": {}, "tags": [],
                    "data_type": self.rng.choice(["int", "varchar(10)", "VARCHAR (3)", "bigint"]),
                    "constraints": self.some(CONSTRAINTS, 0.3)} for n in self.some(["a", "b", "c"], 0.6)}

    def entry(self, kind, number, parents, macros):
        rng = self.rng
        name = "n%d" % number
        node = {
            "unique_id": "%s.shop.%s" % (kind, name), "resource_type": kind, "name": name, "package_name": "shop",
            "path": name + ".sql", "original_file_path": "models/%s.sql" % name,
            "fqn": ["shop", rng.choice(["a", "b"]), name], "unrendered_config": self.config(),
            "description": rng.choice(["", "d", "e"]), "tags": rng.choice([[], ["t"]]), "meta": {},
            "depends_on": {"nodes": parents, "macros": macros},
            "config": {"enabled": rng.random() > 0.05, "materialized": rng.choice(["table", "view", "incremental"]),
                       "persist_docs": rng.choice([{}, {}, {"relation": True, "columns": True}, {"columns": "no"}]),
                       "meta": {}, "tags": []},
        }
        getattr(self, "fill_" + kind, self.fill_node)(node)
        return node

    def fill_node(self, node):
        node.update(raw_code=self.rng.choice(["select 1", "select 2", "select\t1"]), columns=self.columns(),
                    checksum={"name": "sha256", "checksum": "0"}, database="db", schema="s", alias=node["name"],
                    language="sql")
        if node["resource_type"] == "test" and self.rng.random() < 0.6:
            node["test_metadata"] = {"name": "unique", "kwargs": {}, "namespace": None}

    def fill_model(self, node):
        self.fill_node(node)
        version = self.rng.choice([None, None, None, 2])
        enforced = self.rng.random() < 0.3
        node.update(version=version, latest_version=self.rng.choice([version, None, 3, 3.0, "3"]),
                    access=self.rng.choice(["protected", "public"]), deprecation_date=self.rng.choice(DATES),
                    constraints=self.some(CONSTRAINTS, 0.2),
                    contract={"enforced": enforced, "alias_types": True,
                              "checksum": self.rng.choice(["1", "2"]) if enforced else None})

    def fill_seed(self, node):
        node.update(raw_code="", columns={}, database="db", schema="s", alias=node["name"], root_path="/r",
                    checksum=self.rng.choice([{"name": "sha256", "checksum": "1"}, {"name": "sha256", "checksum": "2"},
                                              {"name": "path", "checksum": "p"}, {"name": "none", "checksum": ""}]))

    def fill_function(self, node):
        self.fill_node(node)
        node.update(returns={"data_type": self.rng.choice(["int", "text"]), "description": None},
                    arguments=self.rng.choice([[], [{"name": "x", "data_type": "int"}]]))

    def fill_source(self, node):
        pick = self.rng.choice
        node.update(source_name="web", source_description="", loader="", identifier=pick(["i", "j"]),
                    database=pick(["db", "dev"]), schema=pick(["s", "t"]), unrendered_database=pick([None, "{{ d }}"]),
                    unrendered_schema=pick([None, "s"]), freshness=pick([None, {"filter": None}]), columns={},
                    quoting={k: pick([None, True]) for k in ("database", "schema", "identifier", "column")},
                    loaded_at_field=pick([None, "at"]), external=pick([None, {"location": "l"}]))

    def fill_exposure(self, node):
        pick = self.rng.choice
        node.update(type=pick(["dashboard", "ml"]), owner=pick([{"name": "a"}, {"name": "a", "email": None}]),
                    maturity=pick([None, "high"]), url=pick([None, "u"]), label=pick([None, "l"]))

    def fill_metric(self, node):
        pick = self.rng.choice
        node.update(type=pick(["simple", "ratio"]), label=pick(["l", "m"]), type_params={"measure": None},
                    filter=pick([None, {"where_filters": []}]))

    def fill_semantic_model(self, node):
        pick = self.rng.choice
        node.update(model=pick(["ref('a')", "ref('b')"]), defaults=None, primary_entity=pick([None, "e"]), group=None,
                    entities=pick([[], [self.part("e", "primary")]]), dimensions=[], measures=[], label=None)
        node["config"] = {"enabled": True, "group": pick([None, "g"]), "meta": pick([{}, {"k": 1}])}

    def part(self, name, kind):
        return {"name": name, "type": kind, "description": None, "label": None, "role": None, "expr": None,
                "config": None}

    def fill_saved_query(self, node):
        pick = self.rng.choice
        node.update(query_params={"metrics": pick([["m"], ["n"]]), "group_by": [], "where": None,
                                  "order_by": pick([[], ["x"]]), "limit": None}, label=None, group=None,
                    exports=pick([[], [{"name": "e", "config": {}, "unrendered_config": {"alias": "a"}}]]))
        node["config"] = {"enabled": True, "group": None, "meta": {}, "export_as": None, "schema": None,
                          "cache": {"enabled": pick([True, False])}}

    def fill_unit_test(self, node):
        node.update(model="a", given=[], expect={"rows": []}, checksum=self.rng.choice(["1", "2", None]))
        node["config"] = {"enabled": True, "meta": {}, "tags": []}

    def macro(self, number, callees):
        uid = "macro.%s.m%d" % (self.rng.choice(["shop", "dbt"]), number)
        return {"unique_id": uid, "resource_type": "macro", "name": "m%d" % number, "package_name": "shop",
                "path": "m.sql", "original_file_path": "macros/m.sql", "depends_on": {"macros": callees},
                "macro_sql": self.rng.choice(["{% a %}", "{% b %}"])}

    def manifest(self):
        m = {s: {} for s in set(TYPES.values()) | {"macros", "docs", "groups", "disabled"}}
        m["metadata"] = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
                         "dbt_version": "1.11.16", "adapter_type": self.rng.choice(["duckdb", "postgres"]),
                         "project_name": "shop"}
        for number in range(self.rng.randrange(6)):
            macro = self.macro(number, self.some(list(m["macros"]), 0.4))
            m["macros"][macro["unique_id"]] = macro
        ids = []
        for number in range(self.rng.randrange(1, 25)):
            kind = self.rng.choice(list(TYPES) + ["model"] * 5 + ["test"] * 4)
            parents = [i for i in ids if i.split(".")[0] not in ("test", "unit_test", "exposure")]
            parents = [] if kind in ("source", "seed") else self.some(parents, 0.25)
            node = self.entry(kind, number, parents, [] if kind == "source" else self.some(list(m["macros"])))
            m[TYPES[kind]][node["unique_id"]] = node
            ids.append(node["unique_id"])
        return m

    def edit(self, manifest):
        m = copy.deepcopy(manifest)
        for _ in range(self.rng.choice([0, 1, 3, 10, 30])):
            getattr(self, "edit_" + self.rng.choice(["again"] * 3 + ["key"] * 3 + ["config"] * 3 +
                                                    ["remove", "disable", "macro", "new"]))(m)
        return m

    def any_entry(self, m):
        sections = [s for s in sorted(set(TYPES.values())) if m.get(s)]
        if not sections:
            return None, None
        section = self.rng.choice(sections)
        return section, m[section][self.rng.choice(sorted(m[section]))]

    def edit_again(self, m):
        """The same node, made once more."""
        _, node = self.any_entry(m)
        if node and node["unique_id"].startswith(node["resource_type"] + ".shop.n"):
            getattr(self, "fill_" + node["resource_type"], self.fill_node)(node)

    def edit_key(self, m):
        _, node = self.any_entry(m)
        if node is None:
            return
        key = self.rng.choice(["description", "columns", "fqn", "access", "label", "tags", "raw_code", "compiled_code"])
        if key == "fqn":
            node["fqn"] = node["fqn"] + ["moved"]
        elif key == "columns" and node.get("columns"):
            column = node["columns"][self.rng.choice(sorted(node["columns"]))]
            column["description"] = self.rng.choice(["", "other"])
        elif key == "tags" and "tags" in node:
            node["tags"] = ["other"]
        elif key in node and isinstance(node[key], str):
            node[key] = "public" if key == "access" else node[key] + "!"

    def edit_config(self, m):
        _, node = self.any_entry(m)
        if node is None or node["resource_type"] in ("semantic_model", "saved_query", "unit_test"):
            return
        config = node.setdefault("unrendered_config", {})
        key = self.rng.choice(CONFIG_KEYS)
        if key in config and self.rng.random() < 0.3:
            del config[key]
        else:
            config[key] = self.rng.choice(VALUES)

    def edit_remove(self, m):
        section, node = self.any_entry(m)
        uid = node and node["unique_id"]
        used = any(uid in ((n.get("depends_on") or {}).get("nodes") or [])
                   for s in set(TYPES.values()) for n in (m.get(s) or {}).values())
        if node and not used:
            del m[section][uid]

    def edit_disable(self, m):
        section, node = self.any_entry(m)
        self.edit_remove(m)
        if node and node["unique_id"] not in m[section] and section == "nodes":
            m["disabled"][node["unique_id"]] = [node]

    def edit_macro(self, m):
        if m["macros"]:
            m["macros"][self.rng.choice(sorted(m["macros"]))]["macro_sql"] = self.rng.choice(["{% a %}", "{% c %}"])

    def edit_new(self, m):
        kind = self.rng.choice(["model", "source", "metric", "test", "unit_test"])
        node = self.entry(kind, self.rng.randrange(90, 99), [], [])
        m[TYPES[kind]].setdefault(node["unique_id"], node)

    def selector(self):
        def term():
            body = "state:" + self.rng.choice(STATES) if self.rng.random() < 0.8 else \
                "resource_type:" + self.rng.choice(["model", "test", "source", "metric"])
            if self.rng.random() < 0.1:
                return "@" + body
            return self.rng.choice(["", "", "", "+", "1+", "2+"]) + body + self.rng.choice(["", "", "", "+", "+1"])
        return " ".join(",".join(term() for _ in range(self.rng.choice([1, 1, 1, 2])))
                        for _ in range(self.rng.choice([1, 1, 1, 2])))


def corpus_bases():
    """The smaller real manifests, whole."""
    for path in sorted((SHARED / "open" / "_bases").glob("*.json.gz")):
        if path.stat().st_size < 300_000:
            with gzip.open(path, "rt", encoding="utf-8") as f:
                yield json.load(f)


def expected_ids(reference, base, head, selector, unrendered, indirect):
    try:
        state = reference.State(reference.Manifest(base), reference.Manifest(head), unrendered)
        return sorted(reference.Selection(state, indirect).select(selector))
    except reference.DbtError:
        return None


def respelled(value, rng):
    """The same value with the keys of all objects in another order."""
    if isinstance(value, dict):
        keys = rng.sample(list(value), len(value))
        return {key: respelled(value[key], rng) for key in keys}
    return [respelled(item, rng) for item in value] if isinstance(value, list) else value


def whole_comparison(program, base, head):
    done = subprocess.run([program, "dbt", "compare", "--base", base, "--head", head, "--output", "json"],
                          capture_output=True, text=True)
    return done.stdout or done.stderr


def check_spelling(program, rng, head, paths):
    """None, or that another spelling of the head changed the answer."""
    other = paths[1].with_name("respelled.json")
    other.write_text(json.dumps(respelled(head, rng), indent=rng.choice([1, 7]), separators=(" ,", " : ")),
                     encoding="utf-8")
    for base in paths:
        if whole_comparison(program, base, paths[1]) != whole_comparison(program, base, other):
            return "the order of keys or the white space of the head changed the answer"
    return None


def run_case(program, reference, maker, bases, folder):
    """None, or what went wrong."""
    real = bases and maker.rng.random() < 0.3
    base = maker.rng.choice(bases) if real else maker.manifest()
    head = maker.edit(base)
    if maker.rng.random() < 0.2:
        base, head = head, base
    paths = []
    for name, manifest in (("base", base), ("head", head)):
        paths.append(folder / (name + ".json"))
        paths[-1].write_text(json.dumps(manifest), encoding="utf-8")
    for _ in range(5):
        selector, unrendered = maker.selector(), maker.rng.random() < 0.5
        indirect = maker.rng.choice(["eager", "cautious", "buildable", "empty"])
        want = expected_ids(reference, *paths, selector, unrendered, indirect)
        done = subprocess.run([program, "dbt", "compare", "--base", paths[0], "--head", paths[1], "--select", selector,
                               "--more-unrendered", str(unrendered).lower(), "--indirect-selection", indirect,
                               "--output", "ids"], capture_output=True, text=True)
        got = done.stdout.splitlines() if done.returncode == 0 else None
        if got != want or (want is None and done.returncode != 3):
            return "%r unrendered=%s %s: exit %d, missing %s, extra %s, %s" % (
                selector, unrendered, indirect, done.returncode, sorted(set(want or []) - set(got or [])),
                sorted(set(got or []) - set(want or [])), done.stderr.strip() or "nothing on stderr")
    return check_spelling(program, maker.rng, head, paths)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for needed in (SHARED / "reference.py", pathlib.Path(sys.argv[1])):
        if not needed.exists():
            print("skipped: %s is not there" % needed)
            return 77
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 150
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else datetime.date.today().toordinal()
    reference, bases = load_reference(), list(corpus_bases())
    failed = 0
    for number in range(cases):
        with tempfile.TemporaryDirectory(prefix="state-property-") as folder:
            wrong = run_case(sys.argv[1], reference, Maker(random.Random(seed * 100_000 + number)), bases,
                             pathlib.Path(folder))
        if wrong:
            failed += 1
            print("case %d of seed %d: %s" % (number, seed, wrong))
    print("%d passed, %d failed" % (cases - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
